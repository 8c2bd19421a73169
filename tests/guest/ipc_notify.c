/* SPDX-License-Identifier: MIT */
/* Message queues that notify: by signal from another process, by thread, silently, once only, and not when somebody waits. */
// libs: -lrt
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char name[32];
static mqd_t q;
static volatile int got, value, code, from_child;
static volatile uid_t uid;
static pid_t child;

static void on(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	got = sig;
	value = info->si_value.sival_int;
	code = info->si_code;
	from_child = info->si_pid == child;
	uid = info->si_uid;
}

/* What a child does with the queue is done when this returns. */
static void in_child(int (*fn)(void))
{
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		status = fn();
		fflush(stdout);
		_exit(status);
	}
	while (waitpid(child, &status, 0) < 0)
		;
	if (status)
		printf("child's status %x\n", status);
}

static int send_one(void)
{
	usleep(20000); /* so that the parent knows who we are */
	return mq_send(q, "x", 1, 0);
}

static void ask(const char *what, const struct sigevent *ev)
{
	int r = mq_notify(q, ev);

	printf("%s: %d %s\n", what, r, r < 0 ? strerrorname_np(errno) : "");
}

static int asks_too(void)
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};

	ask("in the child", &none);
	ask("taking back another's", NULL);
	return 0;
}

static void drain(void)
{
	struct timespec now = {0};
	char buf[64];
	int n = 0;

	while (mq_timedreceive(q, buf, sizeof buf, NULL, &now) >= 0)
		n++;
	printf("drained %d, %s\n", n, strerrorname_np(errno));
}

static void by_signal(void)
{
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value.sival_int = 0x1234567};
	struct sigaction sa = {.sa_sigaction = on, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(SIGRTMIN + 3, &sa, NULL);
	ask("notify", &ev);
	in_child(asks_too);
	in_child(send_one);
	printf("signal %d value %x code %d from the child %d uid %d\n", got - SIGRTMIN, value, code == SI_MESGQ, from_child, uid == getuid());
	got = 0;
	in_child(send_one);
	printf("only once: %d\n", got);
	drain();
	in_child(send_one); /* not asked for any more */
	ask("notify with a message there", &ev);
	in_child(send_one);
	printf("no signal: the queue was not empty: %d\n", got);
	drain();
	in_child(send_one);
	printf("then: %d\n", got - SIGRTMIN);
	drain();
	ask("notify", &ev);
	ask("taken back", NULL);
	got = 0;
	in_child(send_one);
	printf("signal %d\n", got);
	drain();
	ev.sigev_signo = 65;
	ask("signal 65", &ev);
	ev.sigev_notify = 99;
	ask("nonsense", &ev);
}

static void *receives(void *arg)
{
	char buf[64];

	return (void *)mq_receive(q, buf, sizeof buf, arg);
}

static void somebody_waits(void)
{
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3};
	pthread_t t;
	void *r;

	got = 0;
	pthread_create(&t, NULL, receives, NULL);
	usleep(100000);
	ask("notify", &ev);
	in_child(send_one);
	pthread_join(t, &r);
	printf("the one who waits has it: %d bytes, signal %d\n", (int)(intptr_t)r, got);
	ask("still asked for", &ev);
	mq_notify(q, NULL);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int calls;

static void in_thread(union sigval v)
{
	pthread_mutex_lock(&lock);
	printf("thread: value %x, another one %d\n", v.sival_int, gettid() != getpid());
	calls++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static void by_thread(void)
{
	struct sigevent ev = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = in_thread};

	for (int i = 1; i <= 3; i++) {
		ev.sigev_value.sival_int = 0x100 + i;
		ask("notify", &ev);
		in_child(send_one);
		pthread_mutex_lock(&lock);
		while (calls < i)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);
		drain();
	}
	ask("notify", &ev); /* then the queue is closed: the helper hears that too */
}

int main(void)
{
	struct mq_attr a = {.mq_maxmsg = 4, .mq_msgsize = 64};

	sprintf(name, "/strait-%d", getpid());
	q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &a);
	if (q == (mqd_t)-1) {
		perror("mq_open");
		return 77;
	}
	mq_unlink(name);
	by_signal();
	somebody_waits();
	by_thread();
	printf("close %d\n", mq_close(q));
	return 0;
}
