/* SPDX-License-Identifier: MIT */
/* uinput makes a device, evdev and joydev read it; uhid makes another, hidraw and evdev read that. */
// modules: uinput uhid evdev joydev hid-generic
// also: -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64
#include <sys/time.h>
#include <sys/wait.h>
#include <dirent.h>
#include <linux/hidraw.h>
#include <linux/joystick.h>
#include <linux/uhid.h>
#include <linux/uinput.h>

#include <sys/wait.h>

#include "driver.h"

/* The device file of a class that belongs to the input or HID device whose directory is `of`. */
static int open_child(const char *of, const char *prefix, const char *dev, int flags)
{
	char path[512];

	for (int tries = 0; tries < 100; tries++) {
		DIR *d = opendir(of);
		struct dirent *e;

		while (d && (e = readdir(d)))
			if (!strncmp(e->d_name, prefix, strlen(prefix))) {
				int fd;

				snprintf(path, sizeof path, "/dev/%s%s", dev, e->d_name);
				fd = open(path, flags);
				if (fd >= 0) {
					closedir(d);
					return fd;
				}
			}
		if (d)
			closedir(d);
		usleep(50000);
	}
	fprintf(stderr, "no %s in %s\n", prefix, of);
	exit(1);
}

static void show_events(int fd, int n)
{
	struct input_event e[8];

	for (int i = 0; i < n && ready(fd, POLLIN); i++) {
		ssize_t r = read(fd, e, sizeof e);

		printf("%zd bytes:", r);
		for (ssize_t k = 0; k < r / (ssize_t)sizeof e[0]; k++)
			printf(" %u/%u/%d%s", e[k].type, e[k].code, e[k].value, e[k].input_event_sec ? "" : " at 0");
		printf("\n");
	}
}

static int make(int *ret_event, int *ret_joystick)
{
	int fd = need("/dev/uinput", O_RDWR | O_NONBLOCK), *n = NEW(int);
	struct uinput_setup *s = NEW(struct uinput_setup);
	struct uinput_abs_setup *a = NEW(struct uinput_abs_setup);
	char *sys = memset(edge(64), 0, 64), path[128];

	SHOW(fd, UI_GET_VERSION, n);
	TRY(fd, UI_SET_EVBIT, EV_KEY);
	TRY(fd, UI_SET_EVBIT, EV_ABS);
	TRY(fd, UI_SET_EVBIT, EV_FF);
	TRY(fd, UI_SET_EVBIT, 99);
	TRY(fd, UI_SET_KEYBIT, BTN_JOYSTICK);
	TRY(fd, UI_SET_KEYBIT, BTN_TRIGGER);
	TRY(fd, UI_SET_KEYBIT, KEY_A);
	TRY(fd, UI_SET_FFBIT, FF_PERIODIC);
	TRY(fd, UI_SET_FFBIT, FF_CUSTOM);
	TRY(fd, UI_SET_FFBIT, FF_RUMBLE);
	TRY(fd, UI_SET_PROPBIT, INPUT_PROP_POINTER);
	TRY(fd, UI_SET_PHYS, "a/place");
	TRY(fd, UI_SET_PHYS, 16);
	a->code = ABS_X;
	a->absinfo = (struct input_absinfo){5, -100, 100, 1, 2, 3};
	SHOW(fd, UI_ABS_SETUP, a);
	a->code = ABS_Y;
	SHOW(fd, UI_ABS_SETUP, a);
	s->id = (struct input_id){BUS_USB, 0x1234, 0x5678, 9};
	strcpy(s->name, "made here");
	s->ff_effects_max = 4;
	SHOW(fd, UI_DEV_SETUP, s);
	FAULT(fd, UI_DEV_SETUP, struct uinput_setup);
	TRY(fd, UI_DEV_CREATE, 0);
	TRY(fd, UI_DEV_CREATE, 0);
	TRY(fd, UI_GET_SYSNAME(4), sys);
	ioctl(fd, UI_GET_SYSNAME(64), sys);
	printf("%.5s\n", sys);
	snprintf(path, sizeof path, "/sys/devices/virtual/input/%s", sys);
	*ret_event = open_child(path, "event", "input/", O_RDWR | O_NONBLOCK);
	*ret_joystick = open_child(path, "js", "input/", O_RDONLY | O_NONBLOCK);
	return fd;
}

static void emit(int fd, int type, int code, int value)
{
	struct input_event e = {.type = (unsigned short)type, .code = (unsigned short)code, .value = value};

	result("emit", write(fd, &e, sizeof e));
}

static void evdev(int fd)
{
	struct input_id *id = NEW(struct input_id);
	struct input_absinfo *a = NEW(struct input_absinfo);
	struct input_keymap_entry *k = NEW(struct input_keymap_entry);
	struct input_mask *m = NEW(struct input_mask);
	unsigned char *bits = edge(96);
	int *two = memset(edge(8), 0, 8), *n = NEW(int);
	struct {
		__u32 code;
		__s32 values[4];
	} *mt = edge(20);

	SHOW(fd, EVIOCGVERSION, n);
	SHOW(fd, EVIOCGID, id);
	SHOW(fd, EVIOCGREP, n);
	memset(bits, 0xa5, 96);
	TRY(fd, EVIOCGNAME(96), bits);
	show_bytes("name", bits, 96);
	TRY(fd, EVIOCGNAME(3), bits);
	TRY(fd, EVIOCGPHYS(96), bits);
	TRY(fd, EVIOCGUNIQ(96), bits);
	TRY(fd, EVIOCGPROP(8), bits);
	show_bytes("properties", bits, 96);
	for (int ev = 0; ev < 0x20; ev++) {
		memset(bits, 0xa5, 96);
		if (TRY(fd, EVIOCGBIT(ev, 96), bits) > 0)
			show_bytes("bits", bits, 96);
	}
	memset(bits, 0xa5, 96);
	TRY(fd, EVIOCGBIT(EV_KEY, 5), bits);
	TRY(fd, EVIOCGKEY(96), bits);
	TRY(fd, EVIOCGLED(96), bits);
	TRY(fd, EVIOCGSW(1), bits);
	show_bytes("bits", bits, 96);
	SHOW(fd, EVIOCGABS(ABS_X), a);
	a->fuzz = 77;
	SHOW(fd, EVIOCSABS(ABS_X), a);
	SHOW(fd, EVIOCGABS(ABS_X), a);
	SHOW(fd, EVIOCGABS(ABS_Z), a);
	FAULT(fd, EVIOCGABS(ABS_X), struct input_absinfo);
	TRY(fd, EVIOCGKEYCODE, two);
	SHOW(fd, EVIOCGKEYCODE_V2, k);
	m->type = EV_KEY;
	m->codes_size = 96;
	m->codes_ptr = (uintptr_t)bits;
	SHOW_BUT(fd, EVIOCGMASK, m, codes_ptr);
	show_bytes("mask", bits, 96);
	SHOW_BUT(fd, EVIOCSMASK, m, codes_ptr);
	m->codes_ptr = 16;
	TRY(fd, EVIOCSMASK, m);
	mt->code = ABS_MT_SLOT;
	TRY(fd, EVIOCGMTSLOTS(20), mt);
	TRY(fd, EVIOCGRAB, 1);
	TRY(fd, EVIOCGRAB, 1);
	TRY(fd, EVIOCGRAB, 0);
	*n = 1; /* CLOCK_MONOTONIC */
	SHOW(fd, EVIOCSCLOCKID, n);
}

/* An effect goes to the device's maker and comes back: with the address of data in it. */
static void feedback(int maker, int fd)
{
	struct ff_effect *e = NEW(struct ff_effect);
	struct uinput_ff_upload *up = NEW(struct uinput_ff_upload);
	struct input_event ev;
	int16_t wave[4] = {1, 2, 3, 4};
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		e->type = FF_PERIODIC;
		e->id = -1;
		e->u.periodic.waveform = FF_CUSTOM;
		e->u.periodic.period = 100;
		e->u.periodic.custom_len = 4;
		e->u.periodic.custom_data = wave;
		SHOW_BUT(fd, EVIOCSFF, e, u.periodic.custom_data);
		TRY(fd, EVIOCRMFF, e->id);
		memset(&e->u, 0, sizeof e->u);
		e->type = FF_RUMBLE;
		e->id = -1;
		e->u.rumble = (struct ff_rumble_effect){100, 200};
		SHOW(fd, EVIOCSFF, e);
		FAULT(fd, EVIOCSFF, struct ff_effect);
		_exit(0);
	}
	for (int i = 0; i < 1 && ready(maker, POLLIN) && read(maker, &ev, sizeof ev) == sizeof ev; i++) {
		struct uinput_ff_erase erase = {.request_id = (__u32)ev.value};

		if (ev.code == UI_FF_ERASE) {
			ioctl(maker, UI_BEGIN_FF_ERASE, &erase);
			ioctl(maker, UI_END_FF_ERASE, &erase);
			continue;
		}
		up->request_id = (__u32)ev.value;
		ioctl(maker, UI_BEGIN_FF_UPLOAD, up);
		ioctl(maker, UI_END_FF_UPLOAD, up);
	}
	while (waitpid(child, NULL, WNOHANG) == 0)
		usleep(10000);
	printf("asked for type %x, %d\n", up->effect.type, up->retval);
}

static void joystick(int fd, int maker)
{
	struct js_event e[8];
	char name[32] = "";
	uint8_t *axes = NEW(uint8_t);
	uint32_t *version = NEW(uint32_t);
	struct js_corr *c = edge(2 * sizeof *c);
	ssize_t n;

	SHOW(fd, JSIOCGVERSION, version);
	SHOW(fd, JSIOCGAXES, axes);
	SHOW(fd, JSIOCGBUTTONS, axes);
	TRY(fd, JSIOCGNAME(32), name);
	printf("%s\n", name);
	TRY(fd, JSIOCGCORR, c);
	show_bytes("correction", c, 2 * sizeof *c);
	emit(maker, EV_ABS, ABS_X, 50);
	emit(maker, EV_SYN, SYN_REPORT, 0);
	usleep(50000);
	n = read(fd, e, sizeof e);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof e[0]; i++)
		printf("js %u/%u/%d\n", e[i].type, e[i].number, e[i].value);
}

/* ---- HID ---- */

static const unsigned char description[] = {0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x01, 0xa1, 0x00, 0x85, 0x01, 0x05, 0x09, 0x19, 0x01,
	0x29, 0x03, 0x15, 0x00, 0x25, 0x01, 0x95, 0x03, 0x75, 0x01, 0x81, 0x02, 0x95, 0x01, 0x75, 0x05, 0x81, 0x01, 0x05, 0x01, 0x09, 0x30,
	0x09, 0x31, 0x15, 0x81, 0x25, 0x7f, 0x75, 0x08, 0x95, 0x02, 0x81, 0x06, 0xc0, 0xc0};

static void answer_reports(int fd)
{
	struct uhid_event e;

	for (;;) {
		struct uhid_event a = {0};

		if (!ready(fd, POLLIN) || read(fd, &e, sizeof e) <= 0 || e.type == UHID_STOP)
			_exit(0);
		if (e.type == UHID_GET_REPORT) {
			a.type = UHID_GET_REPORT_REPLY;
			a.u.get_report_reply.id = e.u.get_report.id;
			a.u.get_report_reply.size = 4;
			memcpy(a.u.get_report_reply.data, "\1abc", 4);
			if (write(fd, &a, sizeof a) < 0)
				_exit(1);
		} else if (e.type == UHID_SET_REPORT) {
			a.type = UHID_SET_REPORT_REPLY;
			a.u.set_report_reply.id = e.u.set_report.id;
			if (write(fd, &a, sizeof a) < 0)
				_exit(1);
		}
	}
}

static void hid(void)
{
	int fd = need("/dev/uhid", O_RDWR), raw, *n = NEW(int);
	struct uhid_event e = {.type = UHID_CREATE2};
	struct hidraw_report_descriptor *d = NEW(struct hidraw_report_descriptor);
	struct hidraw_devinfo *i = NEW(struct hidraw_devinfo);
	unsigned char *report = edge(8);
	char name[64] = "", *found = NULL, path[256];
	pid_t child;

	strcpy((char *)e.u.create2.name, "strait mouse");
	memcpy(e.u.create2.rd_data, description, sizeof description);
	e.u.create2.rd_size = sizeof description;
	e.u.create2.bus = BUS_USB;
	e.u.create2.vendor = 0x15d9;
	e.u.create2.product = 0x0a37;
	result("create", write(fd, &e, sizeof e));
	for (int tries = 0; tries < 100 && !found; tries++) {
		DIR *dir = opendir("/sys/devices/virtual/misc/uhid");
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (strstr(entry->d_name, ":15D9:0A37."))
				found = strdup(entry->d_name);
		if (dir)
			closedir(dir);
		usleep(20000);
	}
	if (!found) {
		printf("no HID device\n");
		return;
	}
	snprintf(path, sizeof path, "/sys/devices/virtual/misc/uhid/%s/hidraw", found);
	raw = open_child(path, "hidraw", "", O_RDWR | O_NONBLOCK);
	result("read", read(fd, &e, sizeof e) > 0 && e.type == UHID_START);
	SHOW(raw, HIDIOCGRDESCSIZE, n);
	d->size = (unsigned)*n;
	SHOW(raw, HIDIOCGRDESC, d);
	SHOW(raw, HIDIOCGRAWINFO, i);
	TRY(raw, HIDIOCGRAWNAME(64), name);
	printf("%s\n", name);
	TRY(raw, HIDIOCGRAWPHYS(64), name);
	FAULT(raw, HIDIOCGRDESC, struct hidraw_report_descriptor);
	fflush(stdout);
	child = fork();
	if (child == 0)
		answer_reports(fd);
	memset(report, 0, 8);
	report[0] = 1;
	TRY(raw, HIDIOCGFEATURE(8), report);
	show_bytes("feature", report, 8);
	TRY(raw, HIDIOCSFEATURE(4), report);
	TRY(raw, HIDIOCGINPUT(8), report);
	TRY(raw, HIDIOCGFEATURE(8), 16);
	memset(&e, 0, sizeof e);
	e.type = UHID_INPUT2;
	e.u.input2.size = 4;
	memcpy(e.u.input2.data, "\1\1\2\3", 4);
	result("input", write(fd, &e, sizeof e));
	printf("poll %x\n", ready(raw, POLLIN));
	result("read", read(raw, report, 8));
	show_bytes("report", report, 8);
	close(raw);
	memset(&e, 0, sizeof e);
	e.type = UHID_DESTROY;
	result("destroy", write(fd, &e, sizeof e));
	while (waitpid(child, NULL, WNOHANG) == 0)
		usleep(10000);
	close(fd);
}

/* Read by a program that got the descriptor and asks it nothing before. */
static void inherited(int event)
{
	pid_t p = fork();

	if (p == 0) {
		dup2(event, 0);
		execl("/proc/self/exe", "input", "reader", NULL);
		_exit(9);
	}
	while (waitpid(p, NULL, WNOHANG) == 0)
		usleep(10000);
}

int main(int argc, char **argv)
{
	int event, js, maker;

	(void)argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1) {
		show_events(0, 1);
		return 0;
	}
	maker = make(&event, &js);
	evdev(event);
	emit(maker, EV_KEY, KEY_A, 1);
	emit(maker, EV_ABS, ABS_X, 42);
	emit(maker, EV_SYN, SYN_REPORT, 0);
	show_events(event, 1);
	emit(maker, EV_KEY, KEY_A, 0);
	emit(maker, EV_SYN, SYN_REPORT, 0);
	inherited(event);
	feedback(maker, event);
	joystick(js, maker);
	TRY(maker, UI_DEV_DESTROY, 0);
	result("read", read(event, &js, 4));
	hid();
	return 0;
}
