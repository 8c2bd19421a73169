/* SPDX-License-Identifier: MIT */
/* ALSA beside the streams: controls of snd-dummy and of our own, timers, the sequencer, a virtual MIDI port. */
// modules: snd-dummy:index=0 snd-virmidi:index=2:midi_devs=1 snd-hrtimer snd-timer snd-seq-midi
// also: -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64
#include <time.h>
#include <sys/time.h>
#include <sound/asequencer.h>
#include <sound/asound.h>
#include <sound/tlv.h>

#include "driver.h"

static void element(int fd, struct snd_ctl_elem_id id, bool more)
{
	struct snd_ctl_elem_info *i = NEW(struct snd_ctl_elem_info);
	struct snd_ctl_elem_value *v = NEW(struct snd_ctl_elem_value);

	i->id = id;
	SHOW_BUT(fd, SNDRV_CTL_IOCTL_ELEM_INFO, i, owner);
	v->id = id;
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_READ, v);
	if (!more)
		return;
	v->value.integer.value[0] = 1;
	v->value.integer.value[1] = 0;
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_WRITE, v);
	v->value.integer.value[0] = -5000;
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_WRITE, v);
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_READ, v);
	v->id = id;
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_LOCK, &v->id);
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_UNLOCK, &v->id);
	v->id.numid = 9999;
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_READ, v);
}

/* Controls of a program's own: of each type. */
static void own_elements(int fd)
{
	static const int types[] = {SNDRV_CTL_ELEM_TYPE_BOOLEAN, SNDRV_CTL_ELEM_TYPE_INTEGER, SNDRV_CTL_ELEM_TYPE_ENUMERATED,
				    SNDRV_CTL_ELEM_TYPE_BYTES, SNDRV_CTL_ELEM_TYPE_IEC958, SNDRV_CTL_ELEM_TYPE_INTEGER64, 77};
	static const char names[] = "one\0two\0three";

	for (unsigned k = 0; k < sizeof types / sizeof types[0]; k++) {
		struct snd_ctl_elem_info *i = NEW(struct snd_ctl_elem_info);
		struct snd_ctl_elem_value *v = NEW(struct snd_ctl_elem_value);

		i->type = types[k];
		i->count = types[k] == SNDRV_CTL_ELEM_TYPE_IEC958 ? 1 : 2;
		i->id.iface = SNDRV_CTL_ELEM_IFACE_MIXER;
		snprintf((char *)i->id.name, sizeof i->id.name, "try %u", k);
		if (types[k] == SNDRV_CTL_ELEM_TYPE_BOOLEAN || types[k] == SNDRV_CTL_ELEM_TYPE_INTEGER) {
			i->value.integer.min = -3;
			i->value.integer.max = 1000000;
			i->value.integer.step = 1;
		} else if (types[k] == SNDRV_CTL_ELEM_TYPE_ENUMERATED) {
			i->value.enumerated.items = 3;
			i->value.enumerated.names_ptr = (uint64_t)(uintptr_t)names;
			i->value.enumerated.names_length = sizeof names;
		} else if (types[k] == SNDRV_CTL_ELEM_TYPE_INTEGER64) {
			i->value.integer64.min = -(1ll << 40);
			i->value.integer64.max = 1ll << 40;
		}
		if (ioctl(fd, SNDRV_CTL_IOCTL_ELEM_ADD, i) < 0) {
			printf("type %d: errno %d\n", types[k], errno);
			continue;
		}
		i->id.numid = 0; /* by name from here on: numbers are not given twice, and a 64-bit kernel does not tell them */
		show_bytes("made", i, sizeof *i);
		v->id = i->id;
		if (types[k] == SNDRV_CTL_ELEM_TYPE_INTEGER64)
			v->value.integer64.value[1] = -(1ll << 39);
		else if (types[k] == SNDRV_CTL_ELEM_TYPE_BYTES || types[k] == SNDRV_CTL_ELEM_TYPE_IEC958)
			memset(&v->value, 0x5c, sizeof v->value);
		else
			v->value.integer.value[0] = 1, v->value.integer.value[1] = types[k] == SNDRV_CTL_ELEM_TYPE_INTEGER ? -2 : 0;
		SHOW_BUT(fd, SNDRV_CTL_IOCTL_ELEM_WRITE, v, id.numid);
		memset(&v->value, 0xa5, sizeof v->value);
		v->id.numid = 0;
		SHOW_BUT(fd, SNDRV_CTL_IOCTL_ELEM_READ, v, id.numid);
		if (types[k] == SNDRV_CTL_ELEM_TYPE_ENUMERATED)
			i->value.enumerated.item = 2;
		SHOW_BUT2(fd, SNDRV_CTL_IOCTL_ELEM_INFO, i, id.numid, owner);
		i->id.numid = 0;
		i->value.enumerated.items = 1;
		TRY(fd, SNDRV_CTL_IOCTL_ELEM_REPLACE, i);
		i->id.numid = 0;
		TRY(fd, SNDRV_CTL_IOCTL_ELEM_REMOVE, &i->id);
	}
}

static void control(void)
{
	int fd = need("/dev/snd/controlC0", O_RDWR | O_NONBLOCK), *n = NEW(int);
	struct snd_ctl_card_info *card = DIRTY(struct snd_ctl_card_info);
	struct snd_ctl_elem_list *l = NEW(struct snd_ctl_elem_list);
	struct snd_ctl_elem_id *ids;
	struct snd_pcm_info *pcm = NEW(struct snd_pcm_info);
	struct snd_ctl_tlv *tlv = edge(sizeof *tlv + 64);
	struct snd_ctl_event *e = NEW(struct snd_ctl_event);

	SHOW(fd, SNDRV_CTL_IOCTL_PVERSION, n);
	SHOW(fd, SNDRV_CTL_IOCTL_CARD_INFO, card);
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_LIST, l);
	ids = edge(l->count * sizeof *ids);
	l->pids = ids;
	l->space = l->count;
	SHOW_BUT(fd, SNDRV_CTL_IOCTL_ELEM_LIST, l, pids);
	show_bytes("ids", ids, l->count * sizeof *ids);
	l->pids = (void *)16;
	SHOW(fd, SNDRV_CTL_IOCTL_ELEM_LIST, l);
	l->pids = ids + 1;
	TRY(fd, SNDRV_CTL_IOCTL_ELEM_LIST, l);
	*n = 1;
	SHOW(fd, SNDRV_CTL_IOCTL_SUBSCRIBE_EVENTS, n);
	for (unsigned i = 0; i < l->count; i++)
		element(fd, ids[i], i < 4);
	printf("poll %x\n", ready(fd, POLLIN));
	for (int i = 0; i < 3; i++) {
		result("read", read(fd, e, sizeof *e));
		show_bytes("event", e, sizeof *e);
	}
	own_elements(fd);
	memset(tlv, 0, sizeof *tlv + 64);
	tlv->numid = ids[0].numid;
	tlv->length = 64;
	TRY(fd, SNDRV_CTL_IOCTL_TLV_READ, tlv);
	show_bytes("tlv", tlv, sizeof *tlv + 64);
	tlv->length = 4;
	TRY(fd, SNDRV_CTL_IOCTL_TLV_READ, tlv);
	TRY(fd, SNDRV_CTL_IOCTL_TLV_WRITE, tlv);
	*n = -1;
	SHOW(fd, SNDRV_CTL_IOCTL_PCM_NEXT_DEVICE, n);
	SHOW(fd, SNDRV_CTL_IOCTL_PCM_INFO, pcm);
	SHOW(fd, SNDRV_CTL_IOCTL_PCM_PREFER_SUBDEVICE, n);
	*n = -1;
	SHOW(fd, SNDRV_CTL_IOCTL_RAWMIDI_NEXT_DEVICE, n);
	SHOW(fd, SNDRV_CTL_IOCTL_HWDEP_NEXT_DEVICE, n);
	SHOW(fd, SNDRV_CTL_IOCTL_POWER_STATE, n);
	TRY(fd, SNDRV_CTL_IOCTL_POWER, n);
	FAULT(fd, SNDRV_CTL_IOCTL_CARD_INFO, struct snd_ctl_card_info);
	FAULT(fd, SNDRV_CTL_IOCTL_ELEM_READ, struct snd_ctl_elem_value);
	FAULT(fd, SNDRV_CTL_IOCTL_ELEM_INFO, struct snd_ctl_elem_info);
	FAULT(fd, SNDRV_CTL_IOCTL_ELEM_LIST, struct snd_ctl_elem_list);
	FAULT(fd, SNDRV_CTL_IOCTL_TLV_READ, struct snd_ctl_tlv);
	close(fd);
}

/* Not GINFO, GSTATUS and STATUS: a 64-bit kernel does not know the numbers that 32-bit programs have for them. */
static void timer(void)
{
	int fd = need("/dev/snd/timer", O_RDWR | O_NONBLOCK), *n = NEW(int);
	struct snd_timer_id *id = NEW(struct snd_timer_id);
	struct snd_timer_select *s = NEW(struct snd_timer_select);
	struct snd_timer_info *i = NEW(struct snd_timer_info);
	struct snd_timer_params *p = NEW(struct snd_timer_params);
	struct snd_timer_read r;
	unsigned ticks = 0;

	SHOW(fd, SNDRV_TIMER_IOCTL_PVERSION, n);
	id->dev_class = -1;
	for (int k = 0; k < 4 && SHOW(fd, SNDRV_TIMER_IOCTL_NEXT_DEVICE, id) == 0 && id->dev_class >= 0; k++)
		;
	s->id = (struct snd_timer_id){.dev_class = SNDRV_TIMER_CLASS_GLOBAL, .device = SNDRV_TIMER_GLOBAL_SYSTEM};
	SHOW(fd, SNDRV_TIMER_IOCTL_INFO, i);
	SHOW(fd, SNDRV_TIMER_IOCTL_SELECT, s);
	SHOW(fd, SNDRV_TIMER_IOCTL_INFO, i);
	p->flags = SNDRV_TIMER_PSFLG_AUTO;
	p->ticks = 2;
	p->queue_size = 64;
	SHOW(fd, SNDRV_TIMER_IOCTL_PARAMS, p);
	TRY(fd, SNDRV_TIMER_IOCTL_START, 0);
	while (ticks < 3 && ready(fd, POLLIN) && read(fd, &r, sizeof r) == sizeof r)
		ticks++;
	printf("%u times, resolution %u\n", ticks, r.resolution);
	TRY(fd, SNDRV_TIMER_IOCTL_STOP, 0);
	TRY(fd, SNDRV_TIMER_IOCTL_CONTINUE, 0);
	TRY(fd, SNDRV_TIMER_IOCTL_PAUSE, 0);
	FAULT(fd, SNDRV_TIMER_IOCTL_INFO, struct snd_timer_info);
	close(fd);
}

static int sequencer_client(int *ret_port, const char *name)
{
	int fd = need("/dev/snd/seq", O_RDWR | O_NONBLOCK), *n = NEW(int);
	struct snd_seq_client_info *c = NEW(struct snd_seq_client_info);
	struct snd_seq_port_info *p = NEW(struct snd_seq_port_info);

	SHOW(fd, SNDRV_SEQ_IOCTL_PVERSION, n);
	ioctl(fd, SNDRV_SEQ_IOCTL_CLIENT_ID, n);
	c->client = *n;
	SHOW_BUT2(fd, SNDRV_SEQ_IOCTL_GET_CLIENT_INFO, c, pid, client);
	strcpy(c->name, name);
	SHOW_BUT2(fd, SNDRV_SEQ_IOCTL_SET_CLIENT_INFO, c, pid, client);
	p->addr.client = (unsigned char)*n;
	strcpy(p->name, name);
	p->capability = SNDRV_SEQ_PORT_CAP_READ | SNDRV_SEQ_PORT_CAP_WRITE | SNDRV_SEQ_PORT_CAP_SUBS_READ | SNDRV_SEQ_PORT_CAP_SUBS_WRITE;
	p->type = SNDRV_SEQ_PORT_TYPE_APPLICATION;
	SHOW_BUT(fd, SNDRV_SEQ_IOCTL_CREATE_PORT, p, addr.client);
	/* A 64-bit kernel puts what was reserved 4 bytes off its place. */
	SHOW_BUT2(fd, SNDRV_SEQ_IOCTL_GET_PORT_INFO, p, addr.client, reserved);
	*ret_port = *n << 8 | p->addr.port;
	return fd;
}

static void sequencer(void)
{
	int pa, pb, a = sequencer_client(&pa, "a"), b = sequencer_client(&pb, "b");
	struct snd_seq_system_info *si = NEW(struct snd_seq_system_info);
	struct snd_seq_running_info *ri = NEW(struct snd_seq_running_info);
	struct snd_seq_port_subscribe *s = NEW(struct snd_seq_port_subscribe);
	struct snd_seq_query_subs *q = NEW(struct snd_seq_query_subs);
	struct snd_seq_queue_info *qi = NEW(struct snd_seq_queue_info);
	struct snd_seq_queue_status *qs = NEW(struct snd_seq_queue_status);
	struct snd_seq_queue_tempo *qt = NEW(struct snd_seq_queue_tempo);
	struct snd_seq_queue_timer *qtimer = NEW(struct snd_seq_queue_timer);
	struct snd_seq_queue_client *qc = NEW(struct snd_seq_queue_client);
	struct snd_seq_client_pool *pool = NEW(struct snd_seq_client_pool);
	struct snd_seq_remove_events *rm = NEW(struct snd_seq_remove_events);
	struct snd_seq_event e = {.type = SNDRV_SEQ_EVENT_NOTEON, .queue = SNDRV_SEQ_QUEUE_DIRECT}, got = {0};
	char *long_one = malloc(sizeof e + 20), more[64];

	SHOW_BUT2(a, SNDRV_SEQ_IOCTL_SYSTEM_INFO, si, cur_clients, cur_queues);
	ri->client = (unsigned char)(pa >> 8);
	SHOW_BUT(a, SNDRV_SEQ_IOCTL_RUNNING_MODE, ri, client);
	s->sender = (struct snd_seq_addr){(unsigned char)(pa >> 8), (unsigned char)pa};
	s->dest = (struct snd_seq_addr){(unsigned char)(pb >> 8), (unsigned char)pb};
	SHOW_BUT2(a, SNDRV_SEQ_IOCTL_SUBSCRIBE_PORT, s, sender, dest);
	SHOW_BUT2(a, SNDRV_SEQ_IOCTL_GET_SUBSCRIPTION, s, sender, dest);
	q->root = s->sender;
	SHOW_BUT2(a, SNDRV_SEQ_IOCTL_QUERY_SUBS, q, root, addr);
	e.source = s->sender;
	e.dest = (struct snd_seq_addr){SNDRV_SEQ_ADDRESS_SUBSCRIBERS, SNDRV_SEQ_ADDRESS_UNKNOWN};
	e.data.note = (struct snd_seq_ev_note){1, 60, 127, 0, 0};
	result("write", write(a, &e, sizeof e));
	printf("poll %x\n", ready(b, POLLIN));
	result("read", read(b, &got, sizeof got));
	HIDE(got.source.client), HIDE(got.dest.client);
	show_bytes("event", &got, sizeof got);
	/* One with data behind it: in what is written an address is not looked at. */
	e.type = SNDRV_SEQ_EVENT_SYSEX;
	e.flags = SNDRV_SEQ_EVENT_LENGTH_VARIABLE;
	e.data.ext.len = 20;
	e.data.ext.ptr = (void *)16;
	memcpy(long_one, &e, sizeof e);
	memset(long_one + sizeof e, 0x42, 20);
	result("write", write(a, long_one, sizeof e + 20));
	printf("poll %x\n", ready(b, POLLIN));
	result("read", read(b, more, sizeof more));
	show_bytes("data", more + sizeof e, 20);
	e.flags = SNDRV_SEQ_EVENT_LENGTH_VARIABLE;
	e.data.ext.len = 20 | 0x80000000; /* the kernel's own word for "at that address" */
	e.data.ext.ptr = long_one + sizeof e;
	result("write by address", write(a, &e, sizeof e));
	if (ready(b, POLLIN)) {
		result("read", read(b, more, sizeof more));
		show_bytes("data", more + sizeof e, 20);
	}
	qi->owner = pa >> 8;
	qi->locked = 1;
	SHOW_BUT(a, SNDRV_SEQ_IOCTL_CREATE_QUEUE, qi, owner);
	qs->queue = qi->queue;
	SHOW(a, SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS, qs);
	qt->queue = qi->queue;
	SHOW(a, SNDRV_SEQ_IOCTL_GET_QUEUE_TEMPO, qt);
	qt->tempo = 400000;
	SHOW(a, SNDRV_SEQ_IOCTL_SET_QUEUE_TEMPO, qt);
	qtimer->queue = qi->queue;
	SHOW(a, SNDRV_SEQ_IOCTL_GET_QUEUE_TIMER, qtimer);
	SHOW(a, SNDRV_SEQ_IOCTL_SET_QUEUE_TIMER, qtimer);
	qc->queue = qi->queue;
	SHOW_BUT(a, SNDRV_SEQ_IOCTL_GET_QUEUE_CLIENT, qc, client);
	SHOW_BUT(a, SNDRV_SEQ_IOCTL_GET_QUEUE_INFO, qi, owner);
	SHOW_BUT(a, SNDRV_SEQ_IOCTL_GET_NAMED_QUEUE, qi, owner);
	pool->client = pa >> 8;
	SHOW_BUT(a, SNDRV_SEQ_IOCTL_GET_CLIENT_POOL, pool, client);
	rm->remove_mode = SNDRV_SEQ_REMOVE_OUTPUT;
	SHOW(a, SNDRV_SEQ_IOCTL_REMOVE_EVENTS, rm);
	SHOW_BUT(a, SNDRV_SEQ_IOCTL_DELETE_QUEUE, qi, owner);
	SHOW_BUT2(a, SNDRV_SEQ_IOCTL_UNSUBSCRIBE_PORT, s, sender, dest);
	FAULT(a, SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS, struct snd_seq_queue_status);
	FAULT(a, SNDRV_SEQ_IOCTL_CREATE_PORT, struct snd_seq_port_info);
	close(a);
	close(b);
}

static void midi(void)
{
	int fd = need("/dev/snd/midiC2D0", O_RDWR | O_NONBLOCK), *n = NEW(int);
	struct snd_rawmidi_info *i = NEW(struct snd_rawmidi_info);
	struct snd_rawmidi_params *p = NEW(struct snd_rawmidi_params);
	struct snd_rawmidi_status *s = NEW(struct snd_rawmidi_status);

	SHOW(fd, SNDRV_RAWMIDI_IOCTL_PVERSION, n);
	for (int stream = 0; stream < 2; stream++) {
		i->stream = stream;
		SHOW(fd, SNDRV_RAWMIDI_IOCTL_INFO, i);
		p->stream = stream;
		p->buffer_size = 2048;
		p->avail_min = 16;
		SHOW(fd, SNDRV_RAWMIDI_IOCTL_PARAMS, p);
		p->avail_min = 1u << 31;
		SHOW(fd, SNDRV_RAWMIDI_IOCTL_PARAMS, p);
		s->stream = stream;
		SHOW_BUT(fd, SNDRV_RAWMIDI_IOCTL_STATUS, s, tstamp);
		*n = stream;
		SHOW(fd, SNDRV_RAWMIDI_IOCTL_DROP, n);
		SHOW(fd, SNDRV_RAWMIDI_IOCTL_DRAIN, n);
	}
	FAULT(fd, SNDRV_RAWMIDI_IOCTL_PARAMS, struct snd_rawmidi_params);
	FAULT(fd, SNDRV_RAWMIDI_IOCTL_STATUS, struct snd_rawmidi_status);
	close(fd);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	control();
	timer();
	sequencer();
	midi();
	return 0;
}
