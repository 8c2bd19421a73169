exec perl -e '
my %c; my $x = 1; for (1 .. 400000) { $x = ($x * 1103515245 + 12345) % 2147483648; my $w = "w" . ($x >> 8) % 5000; $c{$w}++; }
my $s = join " ", map { "$_:$c{$_}" } sort keys %c; my $n = 0; $n++ while $s =~ /w(\d)\d*\1:(\d+)/g; $s =~ tr/0-9/a-j/; print length($s), " $n\n"'
