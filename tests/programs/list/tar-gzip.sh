tar -C /usr/share/perl5 --sort=name --mtime=@0 --owner=0 --group=0 -cf a.tar . && sha256sum a.tar
tar -tvf a.tar | wc -l
gzip -9nk a.tar && gzip -l a.tar.gz | awk 'NR==2 {print $2}'; zcat a.tar.gz | cmp - a.tar && echo gzip
bzip2 -k a.tar && sha256sum a.tar.bz2 && bzcat a.tar.bz2 | cmp - a.tar && echo bzip2
mkdir x && tar -C x -xzf a.tar.gz && diff -r x /usr/share/perl5 && echo identical
echo broken | gzip -dc; echo "status $?"; tar -xf /etc/passwd; echo "status $?"
