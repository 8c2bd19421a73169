# modes: chroot
# differs: (i386|armhf|armel) * -- the architecture's name, and what fills its column
# differs: Reading database.*|^[0-9a-f]{64}  -$ -- what else is installed
mkdir -p p/DEBIAN p/usr/share/strait-test; printf 'Package: strait-test\nVersion: 1.0\nArchitecture: %s\nMaintainer: a <a@b>\nDescription: test\n' $(dpkg --print-architecture) >p/DEBIAN/control; printf '#!/bin/sh\necho "postinst $1"\n' >p/DEBIAN/postinst; chmod 755 p/DEBIAN/postinst; echo hello >p/usr/share/strait-test/x
dpkg-deb --root-owner-group -Zgzip -b p t.deb && dpkg-deb -I t.deb | grep -v bytes; dpkg-deb -c t.deb | awk '{print $1, $2, $6}'; dpkg -i t.deb; dpkg -l strait-test | tail -1; dpkg -L strait-test; cat /usr/share/strait-test/x; dpkg -r strait-test; dpkg -s strait-test | grep Status; dpkg -P strait-test; dpkg -l | sha256sum; dpkg --print-architecture; dpkg -S /bin/ls; dpkg --verify coreutils; dpkg -i nosuch.deb; echo "status $?"
