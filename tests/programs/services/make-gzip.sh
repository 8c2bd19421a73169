# timeout: 1800
# needs: gcc make tar xz
# sources: gzip
mkdir src
tar -C src --strip-components=1 -xf /usr/src/strait/gzip.tar
cd src || exit
./configure >../configured 2>&1
echo "configure $?"
make -j4 >../made 2>&1
echo "make $?"
make -j4 check >../checked 2>&1
echo "check $?"
grep -E '^# (TOTAL|PASS|SKIP|XFAIL|FAIL|XPASS|ERROR): ' ../checked
./gzip -9 <configure | ./gzip -dc | cmp - configure && echo same
