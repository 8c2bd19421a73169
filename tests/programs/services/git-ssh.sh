# timeout: 120
# needs: git sshd ssh
# modes: chroot
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' GIT_CONFIG_GLOBAL=/dev/null
d=$PWD
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t rsa -b 2048 -N '' -f user
cp user.pub keys
chmod 600 keys
cat >sshd_config <<CONF
ListenAddress 127.0.0.1
Port 2222
HostKey $d/host
AuthorizedKeysFile $d/keys
PidFile $d/pid
PermitRootLogin yes
StrictModes no
UsePAM no
CONF
/usr/sbin/sshd -f "$d/sshd_config" -E "$d/log"
echo "sshd $?"
export GIT_SSH_COMMAND="ssh -q -i $d/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=$d/known -o IdentitiesOnly=yes"
$GIT_SSH_COMMAND -p 2222 127.0.0.1 'echo $((6 * 7)); exit 9'
echo "ssh $?"
git init -q -b main r
(cd r && for i in $(seq 100); do seq $i >f$i; done && head -c 3000000 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 -out big 2>/dev/null; git add . && git commit -q -m first)
git clone -q "ssh://127.0.0.1:2222$d/r" c
echo "clone $?"
(cd c && git log --format='%H %s' && git status --short && echo more >>f1 && git commit -qam second && git push -q origin main:other; echo "push $?")
git -C r log --format=%s other
head -c 5000000 /dev/zero | $GIT_SSH_COMMAND -p 2222 127.0.0.1 'cat | wc -c'
$GIT_SSH_COMMAND -tt -p 2222 127.0.0.1 'stty size; tty | tr -d 0-9' </dev/null | tr -d '\r'
kill "$(cat pid)"
for i in $(seq 50); do [ -e pid ] || break; sleep 0.1; done
grep -c 'Accepted publickey' log
grep -ciE 'fatal|crash|signal 11' log || :
