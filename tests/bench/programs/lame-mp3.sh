# needs: usr/bin/lame
perl -e 'print pack("s<*", map { 9000 * sin($_ / 17) + 5000 * sin($_ * $_ / 900000) } 1 .. 882000)' >a.raw
lame --quiet -r -s 44.1 -m m --bitwidth 16 --signed --little-endian -b 128 a.raw a.mp3 && wc -c <a.mp3
