# needs: usr/bin/ffmpeg
f() { ffmpeg -nostdin -v error -threads 1 "$@"; }
f -f lavfi -i testsrc2=s=320x240:d=2:r=25 -c:v libx264 -preset fast -threads 1 a.mkv && f -i a.mkv -vf scale=480:360 -f rawvideo -pix_fmt rgb24 - | wc -c
