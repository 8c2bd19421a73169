# timeout: 600
# needs: gcc make tar bzip2
# sources: zlib
mkdir src
tar -C src --strip-components=1 -xf /usr/src/strait/zlib.tar
cd src || exit
./configure >../configured 2>&1
echo "configure $?"
make -j4 >../made 2>&1
echo "make $?"
make -j4 check >../checked 2>&1
echo "check $?"
grep 'test OK' ../checked | sort
make -s clean
CFLAGS=-O0 ./configure >../configured 2>&1
make -s -j4 check 2>&1 | grep 'test OK' | sort
./minigzip <configure | gzip -dc | cmp - configure && echo same
