perl -e '
my $t = join "", map { chr(97 + ($_ * 7 + int($_ / 3)) % 26) } 1 .. 20000; my %h; $h{$1}++ while $t =~ /(?=([a-z]{2}))/g;
print join(" ", map { "$_=$h{$_}" } (sort { $h{$b} <=> $h{$a} || $a cmp $b } keys %h)[0 .. 9]), "\n";
"2024-02-30T12:34" =~ /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)T/ and print "$+{y}/$+{m}/$+{d}\n";
my $re = qr/(\((?:[^()]++|(?1))*\))/; "f(a(b)c(d(e)))" =~ $re and print "$1\n"; (my $s = "hello world") =~ s/(\w+)/\u$1/g; print "$s\n";
printf "%.15g %.15g %s %s\n", 0.1 + 0.2, exp(1), 10 ** 20, 2 ** 53 + 1; print pack("NnCa4", 1, 2, 3, "abcd") eq "\0\0\0\1\0\2\3abcd" ? "pack\n" : "no\n";
print join(",", sort { $a <=> $b } map { $_ * $_ % 97 } 1 .. 30), "\n"; print sprintf("%b %o %x %e", 37, 37, 37, 37.5), "\n"; local $, = "-"; print reverse(split //, "strait"), "\n"; die "done\n"'
echo "status $?"; perl -MList::Util=sum,max -MData::Dumper -MPOSIX=floor,fmod -e '$Data::Dumper::Sortkeys = 1; print sum(1 .. 100), max(3, 9, 2), floor(-2.5), fmod(7, 3), "\n"; print Dumper({a => [1, 2], b => {c => undef}})'
perl -MDigest::SHA=sha256_hex -MMIME::Base64 -MEncode -e 'print sha256_hex("x" x 100000), "\n", encode_base64("strait"), length(encode("UTF-8", "\x{263a}" x 3)), "\n"'
