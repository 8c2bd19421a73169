/* SPDX-License-Identifier: MIT */
/*
 * read and write, and what input devices make of them: their events begin with a time in two longs, 16 bytes for a guest and 24 for
 * the host, whatever the width of the guest's time_t. Messages of a userfaultfd hold addresses. All else goes straight to the kernel.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/major.h>
#include <linux/uinput.h>
#include <linux/userfaultfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "emu/hot.h"
#include "emu/window.h"
#include "syscalls/files.h"
#include "syscalls/fs.h"
#include "syscalls/ioctl_class.h"

struct guest_event {
	uint32_t sec, usec;
	uint16_t type, code;
	int32_t value;
};

enum { AT_ONCE = 64, UINPUT_MINOR = 223 };

/* As many as come at once. */
static __attribute__((noinline)) gret events_read(struct cpu *cpu, int fd, gaddr to, uint32_t size)
{
	struct input_event host[AT_ONCE];
	struct guest_event guest[AT_ONCE];
	uint32_t n = size / sizeof guest[0];
	gret r;

	if (size && !n)
		return -EINVAL;
	r = sys_safe(cpu, __NR_read, fd, host, (n < AT_ONCE ? n : AT_ONCE) * sizeof host[0]);
	if (r <= 0)
		return r;
	n = (uint32_t)r / sizeof host[0];
	for (uint32_t i = 0; i < n; i++)
		guest[i] = (struct guest_event){(uint32_t)host[i].time.tv_sec, (uint32_t)host[i].time.tv_usec, host[i].type, host[i].code, host[i].value};
	r = guest_write(to, guest, n * sizeof guest[0]);
	return r < 0 ? r : (gret)(n * sizeof guest[0]);
}

static __attribute__((noinline)) gret events_write(struct cpu *cpu, int fd, gaddr from, uint32_t size)
{
	struct input_event host[AT_ONCE];
	struct guest_event guest[AT_ONCE];
	uint32_t done = 0;

	if (size == sizeof(struct uinput_user_dev)) /* the old way to tell uinput what to make, which is the same for all */
		return sys_safe(cpu, __NR_write, fd, guest_ptr(from), size);
	if (size < sizeof guest[0])
		return size ? -EINVAL : 0;
	while (size - done >= sizeof guest[0]) {
		uint32_t n = (size - done) / sizeof guest[0] < AT_ONCE ? (size - done) / sizeof guest[0] : AT_ONCE;
		gret r = guest_read(guest, ga(from.v + done), n * sizeof guest[0]);

		for (uint32_t i = 0; i < n; i++)
			host[i] = (struct input_event){{guest[i].sec, guest[i].usec}, guest[i].type, guest[i].code, guest[i].value};
		if (r == 0)
			r = sys_safe(cpu, __NR_write, fd, host, n * sizeof host[0]);
		if (r < 0)
			return done ? (gret)done : r;
		done += (uint32_t)r / sizeof host[0] * sizeof guest[0];
		if ((uint32_t)r < n * sizeof host[0])
			break;
	}
	return (gret)done;
}

/* Messages about faults of this process: their addresses become the guest's. */
static __attribute__((noinline)) gret faults_read(struct cpu *cpu, int fd, gaddr to, uint32_t size)
{
	gret r = sys_safe3(cpu, __NR_read, fd, (long)guest_out(to, size), size);

	for (uint32_t done = 0; r > 0 && done + sizeof(struct uffd_msg) <= (uint32_t)r; done += sizeof(struct uffd_msg)) {
		struct uffd_msg m;
		gaddr at = ga_add(to, done);

		if (guest_get(&m, at) < 0)
			break;
		switch (m.event) {
		case UFFD_EVENT_PAGEFAULT:
			m.arg.pagefault.address -= window_base;
			break;
		case UFFD_EVENT_REMAP:
			m.arg.remap.from -= window_base;
			m.arg.remap.to -= window_base;
			break;
		case UFFD_EVENT_REMOVE:
		case UFFD_EVENT_UNMAP:
			m.arg.remove.start -= window_base;
			m.arg.remove.end -= window_base;
			break;
		}
		guest_put(at, &m);
	}
	return r;
}

/* A descriptor that nobody has asked about yet: there are few of these devices, and no other needs more than a look. */
static __attribute__((noinline)) const struct ioctl_kind *first_look(struct cpu *cpu, int fd)
{
	struct stat st;

	files_see(cpu, fd);
	if (sys_raw(__NR_fstat, fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
	    (major(st.st_rdev) != INPUT_MAJOR && (major(st.st_rdev) != MISC_MAJOR || minor(st.st_rdev) != UINPUT_MINOR)))
		return NULL;
	return ioctl_kind(cpu, fd);
}

/* Known once an ioctl asked, or the file was opened by a name in /dev/input. NULL: nothing of interest here. */
static inline const struct ioctl_kind *kind_of(struct cpu *cpu, int fd)
{
	const struct ioctl_kind *k = files_kind(cpu, fd);

	return k || (!files_shared && !files_unseen(cpu, fd)) ? k : first_look(cpu, fd);
}

static bool has_events(struct cpu *cpu, int fd)
{
	const struct ioctl_kind *k = kind_of(cpu, fd);

	return k && k->events;
}

/* read() of the odd ones among files. False: as of any other. */
static bool odd_read(struct cpu *cpu, const uint32_t a[6], gret *ret)
{
	const struct ioctl_kind *k = kind_of(cpu, (int)a[0]);

	if (!k || !(k->events || (k->faults && window_base)))
		return false;
	*ret = k->events ? events_read(cpu, (int)a[0], ga(a[1]), a[2]) : faults_read(cpu, (int)a[0], ga(a[1]), a[2]);
	return true;
}

bool events_vector(struct cpu *cpu, long nr, const uint32_t a[6], gret *ret)
{
	uint32_t done = 0;

	if (!has_events(cpu, (int)a[0]) || (nr != __NR_readv && nr != __NR_writev) || a[2] > 1024)
		return false;
	*ret = 0;
	for (uint32_t i = 0, v[2]; i < a[2]; i++) { /* each part by itself, as the kernel does for such devices */
		gret r = guest_read(v, ga(a[1] + i * sizeof v), sizeof v);

		if (r == 0)
			r = nr == __NR_readv ? events_read(cpu, (int)a[0], ga(v[0]), v[1]) : events_write(cpu, (int)a[0], ga(v[0]), v[1]);
		if (r < 0) {
			*ret = done ? (gret)done : r;
			return true;
		}
		*ret = (gret)(done += (uint32_t)r);
		if ((uint32_t)r < v[1])
			break;
	}
	return true;
}

HOT SYS(read)
{
	gret r;

	if (odd_read(cpu, a, &r))
		return r;
	return call_later(cpu, __NR_read, (int)a[0], (long)guest_out(ga(a[1]), a[2]), a[2], NULL);
}

HOT SYS(write)
{
	if (has_events(cpu, (int)a[0]))
		return events_write(cpu, (int)a[0], ga(a[1]), a[2]);
	return call_later(cpu, __NR_write, (int)a[0], (long)guest_ptr(ga(a[1])), a[2], NULL);
}
