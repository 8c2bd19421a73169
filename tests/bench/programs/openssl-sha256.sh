head -c 60000000 /dev/zero | openssl dgst -sha256
