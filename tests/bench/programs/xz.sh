cat /usr/lib/python3.11/*.py /usr/lib/python3.11/*/*.py /usr/lib/python3.11/*/*/*.py | head -c 3000000 | xz -T1 -6 | sha256sum
