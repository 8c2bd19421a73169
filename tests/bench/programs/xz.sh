cat /usr/lib/i386-linux-gnu/libc.so.6 /usr/lib/i386-linux-gnu/libcrypto.so.3 | head -c 3000000 | xz -T1 -6 | sha256sum
