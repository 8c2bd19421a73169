# differs: [0-9a-f]{64}  (data|-)|[0-9a-f]{64}  data.*|^1\t[0-9]+$|Size( =|:) *[0-9]+$ -- the data are libc
cat /usr/lib/*-linux-*/libc.so.6 /usr/share/perl5/*.p[ml] >data 2>/dev/null; sha256sum data
xz -k -T1 -6 data && sha256sum data.xz && xz -dc data.xz | cmp - data && echo xz; xz -T2 -c data | xz -dc | sha256sum
xz --robot -l data.xz | tail -1 | cut -f2,5
zstd -q -9 -k data && sha256sum data.zst && zstd -qdc data.zst | cmp - data && echo zstd; zstd -q -T2 -c data | zstd -qdc | sha256sum
7z a -bd -mmt=1 -mx=5 d.7z data >/dev/null && 7z t d.7z | grep -E 'Everything|Size' && 7z x -so d.7z | sha256sum
7z a -bd -tzip d.zip data >/dev/null && 7z l d.zip | grep -c data
