# differs: ^[0-9a-f]{64}  -$|^[0-9]{3}$ -- which packages and library directories there are; gprofng is i386's alone
ls -lR --time-style=+%s /usr/share/perl5 /usr/lib/python3 | sha256sum
ls -laR --time-style=+%s /etc | grep -v '\.\.$' | sha256sum; ls -U /usr/bin | sort | sha256sum; ls -f /usr/bin | wc -l
find /usr/share -type f -name '*.pm' | sort | sha256sum
find /usr/lib -type l -printf '%p %l\n' | sort | sha256sum
find /usr/share/doc -size +20k -newermt 2000-01-01 | wc -l
find /etc -maxdepth 1 ! -name gprofng.rc -printf '%f %m %y\n' | sort | head -40
mkdir d; for i in $(seq 3000); do : >d/file-with-a-long-name-$i; done; ls d | wc -l; find d -name '*99' -delete; ls d | sha256sum; rm -r d; ls
