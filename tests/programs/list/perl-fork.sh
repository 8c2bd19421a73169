perl -e '$| = 1; my @p; for my $i (1 .. 8) { my $pid = fork // die; if (!$pid) { exit $i * 3 } push @p, $pid } for (@p) { waitpid $_, 0; print $? >> 8, " " } print "\n";
pipe(my $r, my $w); if (!fork) { close $r; print $w "from child $_\n" for 1 .. 3; exit } close $w; print while <$r>; wait;
$SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select undef, undef, undef, 3; $SIG{CHLD} = sub { print "chld\n" }; my $p = fork; if (!$p) { exit } select undef, undef, undef, 1; waitpid $p, 0;
$SIG{CHLD} = "DEFAULT"; my $p2 = fork; if (!$p2) { sleep 30 } kill 15, $p2; waitpid $p2, 0; print "signal ", $? & 127, "\n"; open my $f, "-|", "echo from a pipe; exit 4"; print <$f>; close $f; print $? >> 8, "\n";
use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0); if (!fork) { syswrite $b, "over a socket\n"; exit } sysread $a, my $buf, 100; print $buf; wait; exec "echo", "exec"'
