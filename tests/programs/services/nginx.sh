# timeout: 120
# needs: nginx wrk
# modes: chroot
mkdir -p www run /var/log/nginx /var/lib/nginx
for n in 1 100 1000 50000; do head -c $n /dev/zero | tr '\0' x >www/$n; done
cat >conf <<CONF
worker_processes 2;
pid $PWD/run/pid;
error_log $PWD/run/errors;
events { worker_connections 256; }
http {
	access_log off;
	server { listen 127.0.0.1:8099; root $PWD/www; location /gz { alias $PWD/www; gzip on; gzip_types *; } }
}
CONF
chmod 755 . www
nginx -c "$PWD/conf"
echo "start $?"
for n in 100 50000; do
	wrk -t2 -c20 -d"${SECONDS_OF_LOAD:-5}s" "http://127.0.0.1:8099/$n" | sed -n 's/.*\(requests in\).*/\1/p; /Socket errors/p; /Non-2xx/p'
done
get() { perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:8099") or die;
	print $s "GET $ARGV[0] HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n";
	local $/;
	my ($head, $body) = split /\r\n\r\n/, <$s>, 2;
	print $head =~ /^(HTTP\S+ \d+)/, " ", length $body, "\n"' "$1"; }
get /1000
get /nothing
cp www/1000 www/new
get /new
kill -HUP "$(cat run/pid)"
sleep 1
get /new
kill -QUIT "$(cat run/pid)"
for i in $(seq 50); do [ -e run/pid ] || break; sleep 0.2; done
[ -e run/pid ] && echo still running
grep -vc 'No such file' run/errors || :
