/* SPDX-License-Identifier: MIT */
/* V4L2 on vivid: formats, controls, buffers of each memory, streaming, events; the media controller and CEC. */
// modules: vivid:n_devs=2:multiplanar=1,2
// also: -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64
#include <sys/time.h>
#include <time.h>
#include <linux/cec.h>
#include <linux/media.h>
#include <linux/videodev2.h>

#include "driver.h"

enum { BUFFERS = 2 };

static void formats(int fd, unsigned type)
{
	struct v4l2_fmtdesc *d = NEW(struct v4l2_fmtdesc);
	struct v4l2_format *f = NEW(struct v4l2_format);
	struct v4l2_frmsizeenum *s = NEW(struct v4l2_frmsizeenum);
	struct v4l2_frmivalenum *v = NEW(struct v4l2_frmivalenum);
	struct v4l2_streamparm *p = NEW(struct v4l2_streamparm);
	struct v4l2_selection *sel = NEW(struct v4l2_selection);
	struct v4l2_cropcap *cc = NEW(struct v4l2_cropcap);

	for (unsigned i = 0; i < 4; i++) {
		memset(d, 0, sizeof *d);
		d->index = i;
		d->type = type;
		SHOW(fd, VIDIOC_ENUM_FMT, d);
	}
	s->pixel_format = v->pixel_format = V4L2_PIX_FMT_YUYV;
	SHOW(fd, VIDIOC_ENUM_FRAMESIZES, s);
	v->width = 320, v->height = 180;
	SHOW(fd, VIDIOC_ENUM_FRAMEINTERVALS, v);
	f->type = type;
	SHOW(fd, VIDIOC_G_FMT, f);
	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		f->fmt.pix_mp.pixelformat = V4L2_PIX_FMT_NV16M;
		f->fmt.pix_mp.width = 320, f->fmt.pix_mp.height = 180;
	} else {
		f->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
		f->fmt.pix.width = 320, f->fmt.pix.height = 180;
	}
	SHOW(fd, VIDIOC_TRY_FMT, f);
	SHOW(fd, VIDIOC_S_FMT, f);
	f->type = 77;
	SHOW(fd, VIDIOC_G_FMT, f);
	p->type = type;
	SHOW(fd, VIDIOC_G_PARM, p);
	p->parm.capture.timeperframe = (struct v4l2_fract){1, 60};
	SHOW(fd, VIDIOC_S_PARM, p);
	sel->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	sel->target = V4L2_SEL_TGT_CROP_BOUNDS;
	SHOW(fd, VIDIOC_G_SELECTION, sel);
	cc->type = type;
	SHOW(fd, VIDIOC_CROPCAP, cc);
	FAULT(fd, VIDIOC_G_FMT, struct v4l2_format);
	FAULT(fd, VIDIOC_S_PARM, struct v4l2_streamparm);
}

static void inputs(int fd)
{
	struct v4l2_capability *c = NEW(struct v4l2_capability);
	struct v4l2_input *in = NEW(struct v4l2_input);
	struct v4l2_standard *std = NEW(struct v4l2_standard);
	v4l2_std_id *id = NEW(v4l2_std_id);
	struct v4l2_tuner *t = NEW(struct v4l2_tuner);
	struct v4l2_frequency *q = NEW(struct v4l2_frequency);
	struct v4l2_audio *a = NEW(struct v4l2_audio);
	struct v4l2_dv_timings *dv = NEW(struct v4l2_dv_timings);
	struct v4l2_enum_dv_timings *edv = NEW(struct v4l2_enum_dv_timings);
	struct v4l2_dv_timings_cap *cap = NEW(struct v4l2_dv_timings_cap);
	struct v4l2_edid *edid = NEW(struct v4l2_edid);
	int *n = NEW(int);

	SHOW(fd, VIDIOC_QUERYCAP, c);
	FAULT(fd, VIDIOC_QUERYCAP, struct v4l2_capability);
	for (unsigned i = 0; i < 5; i++) {
		memset(in, 0, sizeof *in);
		in->index = i;
		SHOW(fd, VIDIOC_ENUMINPUT, in);
	}
	*n = 1; /* the TV tuner */
	SHOW(fd, VIDIOC_S_INPUT, n);
	for (unsigned i = 0; i < 3; i++) {
		std->index = i;
		SHOW(fd, VIDIOC_ENUMSTD, std);
	}
	SHOW(fd, VIDIOC_G_STD, id);
	SHOW(fd, VIDIOC_S_STD, id);
	SHOW_BUT2(fd, VIDIOC_G_TUNER, t, signal, rxsubchans);
	SHOW(fd, VIDIOC_S_TUNER, t);
	SHOW(fd, VIDIOC_G_FREQUENCY, q);
	SHOW(fd, VIDIOC_G_AUDIO, a);
	*n = 3; /* HDMI */
	SHOW(fd, VIDIOC_S_INPUT, n);
	SHOW(fd, VIDIOC_G_INPUT, n);
	SHOW(fd, VIDIOC_G_DV_TIMINGS, dv);
	SHOW(fd, VIDIOC_S_DV_TIMINGS, dv);
	SHOW(fd, VIDIOC_ENUM_DV_TIMINGS, edv);
	SHOW(fd, VIDIOC_DV_TIMINGS_CAP, cap);
	edid->pad = 3;
	edid->blocks = 1;
	edid->edid = edge(128);
	SHOW_BUT(fd, VIDIOC_G_EDID, edid, edid);
	show_bytes("edid", edid->edid, 128);
	edid->edid = (void *)16;
	TRY(fd, VIDIOC_G_EDID, edid);
	*n = 0; /* the webcam */
	SHOW(fd, VIDIOC_S_INPUT, n);
}

static void controls(int fd)
{
	struct v4l2_queryctrl *q = NEW(struct v4l2_queryctrl);
	struct v4l2_query_ext_ctrl *qe = NEW(struct v4l2_query_ext_ctrl);
	struct v4l2_querymenu *m = NEW(struct v4l2_querymenu);
	struct v4l2_control *c = NEW(struct v4l2_control);
	struct v4l2_ext_controls *e = NEW(struct v4l2_ext_controls);
	struct v4l2_ext_control *x = edge(4 * sizeof *x);
	char *text = edge(64);
	uint32_t vivid_string = 0, vivid_array = 0, vivid_int64 = 0, array_size = 0;
	uint8_t *array;

	for (int i = 0; i < 100; i++) {
		qe->id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
		if (SHOW(fd, VIDIOC_QUERY_EXT_CTRL, qe) < 0)
			break;
		q->id = qe->id;
		SHOW(fd, VIDIOC_QUERYCTRL, q);
		if (qe->type == V4L2_CTRL_TYPE_MENU || qe->type == V4L2_CTRL_TYPE_INTEGER_MENU) {
			m->id = qe->id;
			m->index = (uint32_t)qe->maximum;
			SHOW(fd, VIDIOC_QUERYMENU, m);
		}
		if (qe->type == V4L2_CTRL_TYPE_STRING && !vivid_string)
			vivid_string = qe->id;
		if (qe->type == V4L2_CTRL_TYPE_INTEGER64 && qe->elems == 1 && !vivid_int64)
			vivid_int64 = qe->id;
		if (qe->type == V4L2_CTRL_TYPE_U8 && !vivid_array && !(qe->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY))
			vivid_array = qe->id, array_size = qe->elems * qe->elem_size;
	}
	c->id = V4L2_CID_BRIGHTNESS;
	SHOW(fd, VIDIOC_G_CTRL, c);
	c->value = 200;
	SHOW(fd, VIDIOC_S_CTRL, c);
	c->value = 20000;
	SHOW(fd, VIDIOC_S_CTRL, c);
	c->id = 77;
	SHOW(fd, VIDIOC_G_CTRL, c);
	memset(x, 0, 4 * sizeof *x);
	memset(text, 0, 64);
	array = edge(array_size);
	e->which = V4L2_CTRL_WHICH_CUR_VAL;
	e->count = 4;
	e->controls = x;
	x[0].id = V4L2_CID_CONTRAST;
	x[1].id = vivid_int64;
	x[2].id = vivid_string;
	x[2].size = 64;
	x[2].string = text;
	x[3].id = vivid_array;
	x[3].size = array_size;
	x[3].p_u8 = array;
	SHOW_BUT(fd, VIDIOC_G_EXT_CTRLS, e, controls);
	printf("contrast %d, number %lld, text %s, size %u\n", x[0].value, x[1].value64, text, x[2].size);
	show_bytes("array", array, array_size);
	x[1].value64 = 5;
	strcpy(text, "abcd");
	x[2].size = 64;
	array[0] = 9;
	SHOW_BUT(fd, VIDIOC_TRY_EXT_CTRLS, e, controls);
	SHOW_BUT(fd, VIDIOC_S_EXT_CTRLS, e, controls);
	printf("number %lld, text %s\n", x[1].value64, text);
	x[2].size = 2;
	SHOW_BUT(fd, VIDIOC_G_EXT_CTRLS, e, controls);
	printf("size now %u\n", x[2].size);
	x[2].size = 64;
	x[2].string = (char *)16;
	SHOW_BUT(fd, VIDIOC_G_EXT_CTRLS, e, controls);
	x[1].id = 1;
	SHOW_BUT(fd, VIDIOC_G_EXT_CTRLS, e, controls);
	e->controls = (void *)16;
	SHOW(fd, VIDIOC_G_EXT_CTRLS, e);
	e->count = 100000;
	SHOW(fd, VIDIOC_G_EXT_CTRLS, e);
	e->count = 0;
	SHOW(fd, VIDIOC_G_EXT_CTRLS, e);
}

static void show_buffer(const char *what, int r, const struct v4l2_buffer *b, bool user)
{
	struct v4l2_buffer copy = *b;

	HIDE(copy.timestamp), HIDE(copy.bytesused);
	copy.sequence = 0; /* some are dropped */
	if (user || V4L2_TYPE_IS_MULTIPLANAR(b->type))
		HIDE(copy.m);
	printf("%s = %d, errno %d:", what, r, r < 0 ? errno : 0);
	dump(&copy, sizeof copy);
	for (unsigned i = 0; V4L2_TYPE_IS_MULTIPLANAR(b->type) && i < b->length && b->m.planes; i++) {
		struct v4l2_plane p = b->m.planes[i];

		if (user)
			HIDE(p.m);
		show_bytes("plane", &p, sizeof p);
	}
}

static void stream(int fd, unsigned type, unsigned memory)
{
	bool planar = V4L2_TYPE_IS_MULTIPLANAR(type), user = memory == V4L2_MEMORY_USERPTR;
	struct v4l2_requestbuffers *rb = NEW(struct v4l2_requestbuffers);
	struct v4l2_create_buffers *cb = NEW(struct v4l2_create_buffers);
	struct v4l2_exportbuffer *ex = NEW(struct v4l2_exportbuffer);
	struct v4l2_buffer *b = NEW(struct v4l2_buffer);
	struct v4l2_plane *planes = edge(2 * sizeof *planes);
	struct v4l2_format *f = NEW(struct v4l2_format);
	void *at[BUFFERS][2] = {{0}};
	uint32_t sizes[BUFFERS][2] = {{0}};
	int *t = NEW(int), r;

	memset(planes, 0, 2 * sizeof *planes);
	rb->count = BUFFERS, rb->type = type, rb->memory = memory;
	SHOW(fd, VIDIOC_REQBUFS, rb);
	for (unsigned i = 0; i < BUFFERS; i++) {
		memset(b, 0, sizeof *b);
		b->index = i, b->type = type, b->memory = memory;
		if (planar)
			b->length = 2, b->m.planes = planes;
		r = ioctl(fd, VIDIOC_QUERYBUF, b);
		show_buffer("VIDIOC_QUERYBUF", r, b, user);
		for (unsigned k = 0; k < (planar ? b->length : 1); k++) {
			sizes[i][k] = planar ? planes[k].length : b->length;
			if (user) {
				f->type = type;
				ioctl(fd, VIDIOC_G_FMT, f);
				sizes[i][k] = planar ? f->fmt.pix_mp.plane_fmt[k].sizeimage : f->fmt.pix.sizeimage;
			}
			if (memory == V4L2_MEMORY_MMAP)
				at[i][k] = mmap(NULL, sizes[i][k], PROT_READ | PROT_WRITE, MAP_SHARED, fd, planar ? planes[k].m.mem_offset : b->m.offset);
			else
				at[i][k] = mmap(NULL, sizes[i][k], PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (at[i][k] == MAP_FAILED)
				printf("mmap: errno %d\n", errno);
			if (user && planar)
				planes[k].m.userptr = (unsigned long)at[i][k], planes[k].length = sizes[i][k];
			else if (user)
				b->m.userptr = (unsigned long)at[i][k], b->length = sizes[i][k];
		}
		r = ioctl(fd, VIDIOC_QBUF, b);
		show_buffer("VIDIOC_QBUF", r, b, user);
	}
	if (memory == V4L2_MEMORY_MMAP) {
		ex->type = type;
		ex->flags = O_CLOEXEC;
		SHOW(fd, VIDIOC_EXPBUF, ex);
		close(ex->fd);
	}
	*t = (int)type;
	SHOW(fd, VIDIOC_STREAMON, t);
	for (unsigned i = 0; i < BUFFERS + 1; i++) {
		unsigned k = 0;
		uint32_t sum = 0;

		memset(b, 0, sizeof *b);
		b->type = type, b->memory = memory;
		if (planar)
			b->length = 2, b->m.planes = planes;
		printf("poll %x\n", ready(fd, POLLIN));
		r = ioctl(fd, VIDIOC_DQBUF, b);
		show_buffer("VIDIOC_DQBUF", r, b, user);
		if (r < 0)
			break;
		if (user)
			printf("our memory: %d\n", (planar ? planes[0].m.userptr : b->m.userptr) == (unsigned long)at[b->index][0]);
		for (; k < sizes[b->index][0]; k += 64)
			sum |= ((uint8_t *)at[b->index][0])[k];
		printf("a picture: %d\n", sum != 0);
		r = ioctl(fd, VIDIOC_QBUF, b);
		show_buffer("VIDIOC_QBUF", r, b, user);
	}
	SHOW(fd, VIDIOC_STREAMOFF, t);
	FAULT(fd, VIDIOC_DQBUF, struct v4l2_buffer);
	b->index = 99;
	r = ioctl(fd, VIDIOC_QUERYBUF, b);
	printf("QUERYBUF 99: %d, errno %d\n", r, errno);
	if (planar) {
		b->index = 0;
		b->m.planes = (void *)16;
		r = ioctl(fd, VIDIOC_QUERYBUF, b);
		printf("QUERYBUF: %d, errno %d\n", r, errno);
	}
	cb->count = 0;
	cb->memory = memory;
	cb->format.type = type;
	SHOW(fd, VIDIOC_CREATE_BUFS, cb);
	for (unsigned i = 0; i < BUFFERS; i++)
		for (unsigned k = 0; k < 2; k++)
			if (at[i][k])
				munmap(at[i][k], sizes[i][k]);
	rb->count = 0;
	SHOW(fd, VIDIOC_REQBUFS, rb);
}

static void events(int fd)
{
	struct v4l2_event_subscription *s = NEW(struct v4l2_event_subscription);
	struct v4l2_event *e = NEW(struct v4l2_event);
	struct v4l2_control c = {V4L2_CID_SATURATION, 99};
	int r;

	s->type = V4L2_EVENT_CTRL;
	s->id = V4L2_CID_SATURATION;
	s->flags = V4L2_EVENT_SUB_FL_SEND_INITIAL | V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK;
	SHOW(fd, VIDIOC_SUBSCRIBE_EVENT, s);
	ioctl(fd, VIDIOC_S_CTRL, &c);
	for (int i = 0; i < 3; i++) {
		printf("poll %x\n", i < 2 ? ready(fd, POLLPRI) : 0);
		r = ioctl(fd, VIDIOC_DQEVENT, e);
		HIDE(e->timestamp);
		printf("VIDIOC_DQEVENT = %d, errno %d:", r, r < 0 ? errno : 0);
		dump(e, sizeof *e);
	}
	SHOW(fd, VIDIOC_UNSUBSCRIBE_EVENT, s);
	c.value = 127;
	ioctl(fd, VIDIOC_S_CTRL, &c);
}

static void output(int fd)
{
	struct v4l2_output *o = NEW(struct v4l2_output);
	struct v4l2_format *f = NEW(struct v4l2_format);
	struct v4l2_clip *clips = edge(2 * sizeof *clips);
	struct v4l2_framebuffer *fb = NEW(struct v4l2_framebuffer);

	SHOW(fd, VIDIOC_ENUMOUTPUT, o);
	SHOW(fd, VIDIOC_G_FBUF, fb);
	HIDE(fb->base);
	f->type = V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY;
	SHOW(fd, VIDIOC_G_FMT, f);
	memset(clips, 0, 2 * sizeof *clips);
	clips[0].c = (struct v4l2_rect){1, 2, 30, 40};
	clips[1].c = (struct v4l2_rect){50, 60, 70, 80};
	f->fmt.win.w = (struct v4l2_rect){0, 0, 640, 360};
	f->fmt.win.clips = clips;
	f->fmt.win.clipcount = 2;
	SHOW_BUT(fd, VIDIOC_TRY_FMT, f, fmt.win.clips);
	SHOW_BUT(fd, VIDIOC_S_FMT, f, fmt.win.clips);
	SHOW_BUT(fd, VIDIOC_G_FMT, f, fmt.win.clips);
	f->fmt.win.clipcount = 0;
	f->fmt.win.clips = NULL;
	SHOW(fd, VIDIOC_S_FMT, f);
}

static void media(void)
{
	int fd = need("/dev/media0", O_RDWR), *n = NEW(int);
	struct media_device_info *i = NEW(struct media_device_info);
	struct media_entity_desc *e = NEW(struct media_entity_desc);
	struct media_v2_topology *t = NEW(struct media_v2_topology);
	struct media_links_enum *l = NEW(struct media_links_enum);

	SHOW(fd, MEDIA_IOC_DEVICE_INFO, i);
	for (int k = 0; k < 3; k++) {
		e->id |= MEDIA_ENT_ID_FLAG_NEXT;
		SHOW(fd, MEDIA_IOC_ENUM_ENTITIES, e);
	}
	l->entity = e->id;
	l->pads = edge(e->pads * sizeof *l->pads);
	l->links = edge(e->links * sizeof *l->links);
	TRY(fd, MEDIA_IOC_ENUM_LINKS, l);
	show_bytes("pads", l->pads, e->pads * sizeof *l->pads);
	show_bytes("links", l->links, e->links * sizeof *l->links);
	SHOW(fd, MEDIA_IOC_G_TOPOLOGY, t);
	t->ptr_entities = (uintptr_t)edge(t->num_entities * sizeof(struct media_v2_entity));
	t->ptr_pads = (uintptr_t)edge(t->num_pads * sizeof(struct media_v2_pad));
	t->ptr_links = (uintptr_t)edge(t->num_links * sizeof(struct media_v2_link));
	t->ptr_interfaces = (uintptr_t)edge(t->num_interfaces * sizeof(struct media_v2_interface));
	TRY(fd, MEDIA_IOC_G_TOPOLOGY, t);
	show_bytes("entities", (void *)(uintptr_t)t->ptr_entities, t->num_entities * sizeof(struct media_v2_entity));
	show_bytes("links", (void *)(uintptr_t)t->ptr_links, t->num_links * sizeof(struct media_v2_link));
	t->ptr_pads = 16;
	TRY(fd, MEDIA_IOC_G_TOPOLOGY, t);
	if (TRY(fd, MEDIA_IOC_REQUEST_ALLOC, n) == 0) {
		TRY(*n, MEDIA_REQUEST_IOC_REINIT, 0);
		TRY(*n, MEDIA_REQUEST_IOC_QUEUE, 0);
		close(*n);
	}
	close(fd);
}

static void cec(void)
{
	int fd = need("/dev/cec0", O_RDWR);
	struct cec_caps *c = NEW(struct cec_caps);
	struct cec_log_addrs *a = NEW(struct cec_log_addrs);
	struct cec_msg *m = NEW(struct cec_msg);
	uint16_t *physical = NEW(uint16_t);
	uint32_t *mode = NEW(uint32_t);

	SHOW(fd, CEC_ADAP_G_CAPS, c);
	SHOW(fd, CEC_ADAP_G_PHYS_ADDR, physical);
	SHOW(fd, CEC_ADAP_G_LOG_ADDRS, a);
	SHOW(fd, CEC_G_MODE, mode);
	m->msg[0] = 0xf0;
	m->len = 1;
	SHOW_BUT2(fd, CEC_TRANSMIT, m, tx_ts, sequence);
	m->timeout = 1;
	SHOW(fd, CEC_RECEIVE, m);
	FAULT(fd, CEC_ADAP_G_CAPS, struct cec_caps);
	close(fd);
}

int main(void)
{
	static const char *const names[] = {"/dev/video0", "/dev/video1", "/dev/video4", "/dev/video5"};
	int fd[4];

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < 4; i++)
		fd[i] = need(names[i], O_RDWR | O_NONBLOCK);
	inputs(fd[0]);
	formats(fd[0], V4L2_BUF_TYPE_VIDEO_CAPTURE);
	controls(fd[0]);
	stream(fd[0], V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_MEMORY_MMAP);
	stream(fd[0], V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_MEMORY_USERPTR);
	events(fd[0]);
	output(fd[1]);
	formats(fd[2], V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
	stream(fd[2], V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, V4L2_MEMORY_MMAP);
	stream(fd[2], V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, V4L2_MEMORY_USERPTR);
	media();
	cec();
	return 0;
}
