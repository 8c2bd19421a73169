/* SPDX-License-Identifier: MIT */
/* usbdevfs, on a gadget of our own at the dummy controller: control and bulk transfers, requests that are submitted and reaped. */
// modules: dummy_hcd libcomposite usb_f_ss_lb
#include <dirent.h>
#include <linux/usb/ch9.h>
#include <linux/usbdevice_fs.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "driver.h"

#define GADGET "/sys/kernel/config/usb_gadget/g"

static void plug(void)
{
	mount("configfs", "/sys/kernel/config", "configfs", 0, "");
	mkdir(GADGET, 0755);
	write_file(GADGET "/idVendor", "0x0525");
	write_file(GADGET "/idProduct", "0xa4a0");
	mkdir(GADGET "/strings/0x409", 0755);
	write_file(GADGET "/strings/0x409/product", "loop");
	mkdir(GADGET "/configs/c.1", 0755);
	mkdir(GADGET "/functions/Loopback.0", 0755);
	if (symlink(GADGET "/functions/Loopback.0", GADGET "/configs/c.1/Loopback.0"))
		printf("symlink: errno %d\n", errno);
	write_file(GADGET "/UDC", "dummy_udc.0");
}

static void unplug(void)
{
	write_file(GADGET "/UDC", "\n");
	unlink(GADGET "/configs/c.1/Loopback.0");
	rmdir(GADGET "/configs/c.1");
	rmdir(GADGET "/functions/Loopback.0");
	rmdir(GADGET "/strings/0x409");
	rmdir(GADGET);
}

static int read_number(const char *device, const char *name)
{
	char path[512], text[32] = "";
	int fd;

	snprintf(path, sizeof path, "/sys/bus/usb/devices/%.200s/%s", device, name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		return -1;
	close(fd);
	return (int)strtol(text, NULL, strncmp(name, "id", 2) ? 10 : 16);
}

static int find(void)
{
	char path[64];

	for (int tries = 0; tries < 200; tries++) {
		DIR *d = opendir("/sys/bus/usb/devices");
		struct dirent *e;

		while (d && (e = readdir(d)))
			if (read_number(e->d_name, "idProduct") == 0xa4a0 && read_number(e->d_name, "bConfigurationValue") > 0) {
				snprintf(path, sizeof path, "/dev/bus/usb/%03d/%03d", read_number(e->d_name, "busnum"), read_number(e->d_name, "devnum"));
				closedir(d);
				return need(path, O_RDWR);
			}
		if (d)
			closedir(d);
		usleep(50000);
	}
	fprintf(stderr, "the gadget does not appear\n");
	exit(1);
}

static void requests(int fd, unsigned in, unsigned out)
{
	struct usbdevfs_urb *u[4], **ret = edge(sizeof *ret);
	struct usbdevfs_bulktransfer *b = NEW(struct usbdevfs_bulktransfer);
	struct usbdevfs_disconnectsignal *ds = NEW(struct usbdevfs_disconnectsignal);
	unsigned char *data[4];

	for (int i = 0; i < 4; i++) {
		u[i] = NEW(struct usbdevfs_urb);
		data[i] = edge(512); /* a packet that is not full ends a transfer */
		memset(data[i], i < 2 ? i + 1 : 0, 512);
		*u[i] = (struct usbdevfs_urb){.type = USBDEVFS_URB_TYPE_BULK, .endpoint = (unsigned char)(i < 2 ? out : in), .buffer = data[i],
			.buffer_length = i < 2 ? 500 : 512, .usercontext = (void *)(uintptr_t)(0x1000 + i), .status = 77, .actual_length = 88};
	}
	TRY(fd, USBDEVFS_REAPURBNDELAY, ret);
	for (int i = 0; i < 4; i++)
		TRY(fd, USBDEVFS_SUBMITURB, u[i]);
	for (int i = 0; i < 4; i++) {
		int k = 0;

		if (TRY(fd, USBDEVFS_REAPURB, ret) < 0)
			break;
		while (k < 4 && u[k] != *ret) /* which comes first is not said */
			k++;
		if (k == 4)
			printf("not ours\n");
		else
			u[k]->buffer = NULL;
	}
	for (int i = 0; i < 4; i++) {
		show_bytes("request", u[i], sizeof *u[i]);
		show_bytes("data", data[i], 512);
	}
	/* One that waits for ever, and is discarded. */
	u[2]->buffer = data[2];
	TRY(fd, USBDEVFS_SUBMITURB, u[2]);
	TRY(fd, USBDEVFS_DISCARDURB, u[2]);
	alarm(20);
	TRY(fd, USBDEVFS_REAPURB, ret);
	printf("reaped: %d, status %d\n", *ret == u[2], u[2]->status);
	TRY(fd, USBDEVFS_DISCARDURB, u[2]);
	u[0]->endpoint = 0x7f;
	TRY(fd, USBDEVFS_SUBMITURB, u[0]);
	u[0]->endpoint = (unsigned char)out;
	u[0]->buffer = (void *)16;
	TRY(fd, USBDEVFS_SUBMITURB, u[0]);
	FAULT(fd, USBDEVFS_SUBMITURB, struct usbdevfs_urb);
	/* A control request by the same way. */
	memset(data[3], 0xa5, 512);
	memcpy(data[3], "\x80\6\0\1\0\0\22\0", 8);
	*u[3] = (struct usbdevfs_urb){.type = USBDEVFS_URB_TYPE_CONTROL, .buffer = data[3], .buffer_length = 26};
	TRY(fd, USBDEVFS_SUBMITURB, u[3]);
	TRY(fd, USBDEVFS_REAPURB, ret);
	show_bytes("device", data[3], 64);
	printf("%d, %d bytes\n", u[3]->status, u[3]->actual_length);
	*b = (struct usbdevfs_bulktransfer){.ep = out, .len = 100, .timeout = 1000, .data = data[1]};
	TRY(fd, USBDEVFS_BULK, b);
	*b = (struct usbdevfs_bulktransfer){.ep = in, .len = 512, .timeout = 1000, .data = data[2]};
	memset(data[2], 0, 512);
	TRY(fd, USBDEVFS_BULK, b);
	show_bytes("data", data[2], 512);
	b->timeout = 20;
	TRY(fd, USBDEVFS_BULK, b);
	ds->signr = SIGUSR1;
	TRY(fd, USBDEVFS_DISCSIGNAL, ds);
}

int main(void)
{
	int fd, *n = NEW(int);
	struct usbdevfs_connectinfo *c = NEW(struct usbdevfs_connectinfo);
	struct usbdevfs_ctrltransfer *t = NEW(struct usbdevfs_ctrltransfer);
	struct usbdevfs_getdriver *g = NEW(struct usbdevfs_getdriver);
	struct usbdevfs_setinterface *si = NEW(struct usbdevfs_setinterface);
	struct usbdevfs_ioctl *i = NEW(struct usbdevfs_ioctl);
	struct usbdevfs_disconnect_claim *dc = NEW(struct usbdevfs_disconnect_claim);
	unsigned char *text = edge(64), descriptors[256];
	unsigned in = 0, out = 0;
	ssize_t r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGUSR1, SIG_IGN);
	plug();
	fd = find();
	SHOW(fd, USBDEVFS_GET_CAPABILITIES, n);
	SHOW(fd, USBDEVFS_GET_SPEED, n);
	SHOW_BUT(fd, USBDEVFS_CONNECTINFO, c, devnum);
	r = read(fd, descriptors, sizeof descriptors);
	show_bytes("descriptors", descriptors, (size_t)r);
	for (ssize_t k = 0; k + 4 < r && descriptors[k]; k += descriptors[k])
		if (descriptors[k + 1] == USB_DT_ENDPOINT)
			*(descriptors[k + 2] & 0x80 ? &in : &out) = descriptors[k + 2];
	*t = (struct usbdevfs_ctrltransfer){.bRequestType = 0x80, .bRequest = 6, .wValue = 0x302, .wIndex = 0x409, .wLength = 64, .timeout = 1000, .data = text};
	for (t->wValue = 0x300; t->wValue < 0x304; t->wValue++) {
		memset(text, 0xa5, 64);
		TRY(fd, USBDEVFS_CONTROL, t);
		show_bytes("string", text, 64);
	}
	t->wValue = 0x300;
	t->data = (void *)16;
	TRY(fd, USBDEVFS_CONTROL, t);
	t->wLength = 5000;
	TRY(fd, USBDEVFS_CONTROL, t);
	FAULT(fd, USBDEVFS_CONTROL, struct usbdevfs_ctrltransfer);
	TRY(fd, USBDEVFS_GETDRIVER, g);
	*n = 0;
	SHOW(fd, USBDEVFS_CLAIMINTERFACE, n);
	SHOW(fd, USBDEVFS_GETDRIVER, g);
	SHOW(fd, USBDEVFS_SETINTERFACE, si);
	i->ioctl_code = USBDEVFS_CONNECT;
	TRY(fd, USBDEVFS_IOCTL, i);
	i->ioctl_code = 0x40045599;
	i->data = n;
	TRY(fd, USBDEVFS_IOCTL, i);
	printf("endpoints %x %x\n", in, out);
	requests(fd, in, out);
	*n = (int)in;
	SHOW(fd, USBDEVFS_CLEAR_HALT, n);
	SHOW(fd, USBDEVFS_RESETEP, n);
	*n = 0;
	SHOW(fd, USBDEVFS_RELEASEINTERFACE, n);
	strcpy(dc->driver, "none");
	SHOW(fd, USBDEVFS_DISCONNECT_CLAIM, dc);
	*n = 1;
	SHOW(fd, USBDEVFS_SETCONFIGURATION, n);
	*n = 1;
	SHOW(fd, USBDEVFS_CLAIM_PORT, n);
	TRY(fd, USBDEVFS_RESET, 0);
	unplug();
	usleep(200000);
	TRY(fd, USBDEVFS_CONTROL, t);
	TRY(fd, USBDEVFS_REAPURBNDELAY, n);
	return 0;
}
