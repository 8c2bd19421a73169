cat /usr/lib/python3.11/*.py /usr/lib/python3.11/*/*.py /usr/lib/python3.11/*/*/*.py | head -c 4000000 >d; 7z a -bd -mmt=1 -mx=5 d.7z d >/dev/null && 7z x -so d.7z | sha256sum
