/* SPDX-License-Identifier: MIT */
/*
 * Plays a keyboard with a wheel: makes it, waits until somebody has opened it, types, and takes it away. On standard output the name
 * of its file, before anything else. The host's own kind of program, whoever reads.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static int opened_by(const char *pid, const char *path)
{
	char dir[64], link[400], to[64];
	struct dirent *e;
	int found = 0;
	DIR *d;

	snprintf(dir, sizeof dir, "/proc/%.20s/fd", pid);
	d = opendir(dir);
	while (d && !found && (e = readdir(d))) {
		ssize_t n;

		snprintf(link, sizeof link, "%s/%s", dir, e->d_name);
		n = readlink(link, to, sizeof to - 1);
		found = n > 0 && (to[n] = 0, !strcmp(to, path));
	}
	if (d)
		closedir(d);
	return found;
}

static int opened(const char *path)
{
	struct dirent *e;
	int found = 0;
	DIR *d = opendir("/proc");

	while (d && !found && (e = readdir(d)))
		found = e->d_name[0] >= '1' && e->d_name[0] <= '9' && opened_by(e->d_name, path);
	if (d)
		closedir(d);
	return found;
}

static void say(int fd, int type, int code, int value)
{
	struct input_event e = {.type = (unsigned short)type, .code = (unsigned short)code, .value = value};

	if (write(fd, &e, sizeof e) != sizeof e)
		exit(2);
}

int main(void)
{
	int fd = open("/dev/uinput", O_RDWR);
	struct uinput_setup setup = {.id = {BUS_USB, 0x1234, 0x5678, 1}, .name = "strait keys"};
	char sysname[32], dir[96], path[64] = "";
	struct dirent *e;
	DIR *d;

	ioctl(fd, UI_SET_EVBIT, EV_KEY);
	ioctl(fd, UI_SET_EVBIT, EV_REL);
	ioctl(fd, UI_SET_KEYBIT, KEY_A);
	ioctl(fd, UI_SET_KEYBIT, KEY_ENTER);
	ioctl(fd, UI_SET_RELBIT, REL_WHEEL);
	if (fd < 0 || ioctl(fd, UI_DEV_SETUP, &setup) < 0 || ioctl(fd, UI_DEV_CREATE) < 0 || ioctl(fd, UI_GET_SYSNAME(sizeof sysname), sysname) < 0) {
		perror("uinput");
		return 1;
	}
	snprintf(dir, sizeof dir, "/sys/devices/virtual/input/%s", sysname);
	for (d = opendir(dir); d && (e = readdir(d));)
		if (!strncmp(e->d_name, "event", 5))
			snprintf(path, sizeof path, "/dev/input/%.40s", e->d_name);
	for (int i = 0; i < 100 && access(path, R_OK) < 0; i++)
		pause_ms(50);
	puts(path);
	fflush(stdout);
	fclose(stdout);
	for (int i = 0; i < 600 && !opened(path); i++)
		pause_ms(100);
	for (int i = 0; i < 3; i++) {
		say(fd, EV_KEY, KEY_A, 1);
		say(fd, EV_REL, REL_WHEEL, i - 1);
		say(fd, EV_SYN, SYN_REPORT, 0);
		say(fd, EV_KEY, KEY_A, 0);
		say(fd, EV_SYN, SYN_REPORT, 0);
	}
	pause_ms(8000); /* a device that is gone gives no events, not even those that wait */
	ioctl(fd, UI_DEV_DESTROY);
	return 0;
}
