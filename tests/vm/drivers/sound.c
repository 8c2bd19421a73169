/* SPDX-License-Identifier: MIT */
/* ALSA streams: snd-dummy plays into nothing, snd-aloop plays into its own other end. */
// modules: snd-dummy:index=0 snd-aloop:index=1
// also: -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64
#include <time.h>
#include <sys/time.h>
#include <sound/asound.h>

#include "driver.h"

static void set(struct snd_pcm_hw_params *p, int mask, unsigned bit)
{
	struct snd_mask *m = &p->masks[mask - SNDRV_PCM_HW_PARAM_FIRST_MASK];

	memset(m, 0, sizeof *m);
	m->bits[bit / 32] = 1u << bit % 32;
	p->rmask |= 1u << mask;
}

static void fix(struct snd_pcm_hw_params *p, int interval, unsigned value)
{
	p->intervals[interval - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL] = (struct snd_interval){.min = value, .max = value, .integer = 1};
	p->rmask |= 1u << interval;
}

static struct snd_pcm_hw_params *any(void)
{
	struct snd_pcm_hw_params *p = NEW(struct snd_pcm_hw_params);

	memset(p->masks, 0xff, sizeof p->masks);
	for (unsigned i = 0; i < sizeof p->intervals / sizeof p->intervals[0]; i++)
		p->intervals[i].max = ~0u;
	p->rmask = ~0u;
	p->info = ~0u;
	return p;
}

static void choose(int fd, unsigned access, unsigned period, unsigned periods)
{
	struct snd_pcm_hw_params *p = any();

	SHOW(fd, SNDRV_PCM_IOCTL_HW_REFINE, p);
	set(p, SNDRV_PCM_HW_PARAM_ACCESS, access);
	set(p, SNDRV_PCM_HW_PARAM_FORMAT, (unsigned)SNDRV_PCM_FORMAT_S16_LE);
	set(p, SNDRV_PCM_HW_PARAM_SUBFORMAT, SNDRV_PCM_SUBFORMAT_STD);
	fix(p, SNDRV_PCM_HW_PARAM_CHANNELS, 2);
	fix(p, SNDRV_PCM_HW_PARAM_RATE, 48000);
	fix(p, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, period);
	fix(p, SNDRV_PCM_HW_PARAM_PERIODS, periods);
	SHOW(fd, SNDRV_PCM_IOCTL_HW_REFINE, p);
	SHOW(fd, SNDRV_PCM_IOCTL_HW_PARAMS, p);
	FAULT(fd, SNDRV_PCM_IOCTL_HW_PARAMS, struct snd_pcm_hw_params);
}

static void status(int fd)
{
	struct snd_pcm_status *s = NEW(struct snd_pcm_status);
	int r = ioctl(fd, SNDRV_PCM_IOCTL_STATUS, s);

	if (s->state == SNDRV_PCM_STATE_SETUP && s->hw_ptr) /* it has been running */
		HIDE(s->hw_ptr), HIDE(s->avail), HIDE(s->avail_max);

	HIDE(s->tstamp), HIDE(s->trigger_tstamp), HIDE(s->audio_tstamp), HIDE(s->driver_tstamp);
	printf("status %d:", r);
	dump(s, sizeof *s);
}

static void sync_ptr(int fd, unsigned flags)
{
	struct snd_pcm_sync_ptr *s = NEW(struct snd_pcm_sync_ptr);
	int r;

	s->flags = flags;
	s->c.control.appl_ptr = 100;
	s->c.control.avail_min = 50;
	r = ioctl(fd, SNDRV_PCM_IOCTL_SYNC_PTR, s);
	HIDE(s->s.status.tstamp), HIDE(s->s.status.audio_tstamp);
	printf("sync_ptr %x: %d:", flags, r);
	dump(s, sizeof *s);
}

static struct snd_pcm_sw_params *software(int fd, unsigned long start, unsigned long stop, unsigned long boundary)
{
	struct snd_pcm_sw_params *p = NEW(struct snd_pcm_sw_params);

	p->period_step = 1;
	p->avail_min = 64;
	p->start_threshold = start;
	p->stop_threshold = stop;
	p->boundary = boundary;
	p->proto = SNDRV_PCM_VERSION;
	p->tstamp_mode = SNDRV_PCM_TSTAMP_ENABLE;
	SHOW(fd, SNDRV_PCM_IOCTL_SW_PARAMS, p);
	return p;
}

static void information(int fd)
{
	struct snd_pcm_info *i = NEW(struct snd_pcm_info);
	struct snd_pcm_channel_info *c = NEW(struct snd_pcm_channel_info);
	int *v = NEW(int);
	snd_pcm_sframes_t *d = NEW(snd_pcm_sframes_t);

	SHOW(fd, SNDRV_PCM_IOCTL_PVERSION, v);
	SHOW(fd, SNDRV_PCM_IOCTL_INFO, i);
	SHOW(fd, SNDRV_PCM_IOCTL_CHANNEL_INFO, c);
	*v = 1;
	SHOW(fd, SNDRV_PCM_IOCTL_TTSTAMP, v);
	*v = 0x2000f;
	SHOW(fd, SNDRV_PCM_IOCTL_USER_PVERSION, v);
	SHOW(fd, SNDRV_PCM_IOCTL_DELAY, d);
	FAULT(fd, SNDRV_PCM_IOCTL_INFO, struct snd_pcm_info);
	FAULT(fd, SNDRV_PCM_IOCTL_STATUS, struct snd_pcm_status);
}

static void *map(int fd, off64_t at, size_t n)
{
	void *p = mmap64(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);

	printf("mmap %llx: errno %d\n", (long long)at, p == MAP_FAILED ? errno : 0);
	return p == MAP_FAILED ? NULL : p;
}

static void playback(const char *path)
{
	int fd = need(path, O_RDWR);
	struct snd_xferi *x = NEW(struct snd_xferi);
	struct snd_xfern *n = NEW(struct snd_xfern);
	snd_pcm_uframes_t *frames = NEW(snd_pcm_uframes_t);
	int16_t *samples = edge(4096);
	void **bufs = edge(2 * sizeof(void *));

	information(fd);
	status(fd);
	choose(fd, SNDRV_PCM_ACCESS_RW_INTERLEAVED, 1024, 4);
	software(fd, 100000, 4096, 0);
	software(fd, 100000, 100000, 0x40000000);
	software(fd, 0x7fffffff, 0x40000000, 0x40000000);
	information(fd);
	status(fd);
	TRY(fd, SNDRV_PCM_IOCTL_PREPARE, 0);
	for (unsigned i = 0; i < 2048; i++)
		samples[i] = (int16_t)(i * 37);
	x->buf = samples;
	x->frames = 1024;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, x, buf);
	x->frames = 500;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, x, buf);
	status(fd);
	result("write", write(fd, samples, 400));
	sync_ptr(fd, SNDRV_PCM_SYNC_PTR_APPL | SNDRV_PCM_SYNC_PTR_AVAIL_MIN | SNDRV_PCM_SYNC_PTR_HWSYNC);
	*frames = 300;
	SHOW(fd, SNDRV_PCM_IOCTL_REWIND, frames);
	*frames = 0x7fffffff;
	SHOW(fd, SNDRV_PCM_IOCTL_REWIND, frames);
	*frames = 100;
	SHOW(fd, SNDRV_PCM_IOCTL_FORWARD, frames);
	x->buf = (char *)samples + 4;
	x->frames = 1024;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, x, buf);
	x->buf = (void *)16;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, x, buf);
	x->frames = ~0ul;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, x, buf);
	FAULT(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, struct snd_xferi);
	n->bufs = bufs;
	n->frames = 10;
	TRY(fd, SNDRV_PCM_IOCTL_WRITEN_FRAMES, n);
	status(fd);
	sync_ptr(fd, 0);
	TRY(fd, SNDRV_PCM_IOCTL_PAUSE, 1);
	TRY(fd, SNDRV_PCM_IOCTL_LINK, fd);
	TRY(fd, SNDRV_PCM_IOCTL_LINK, -1);
	TRY(fd, SNDRV_PCM_IOCTL_UNLINK, 0);
	TRY(fd, SNDRV_PCM_IOCTL_RESUME, 0);
	map(fd, SNDRV_PCM_MMAP_OFFSET_STATUS, 4096);
	map(fd, SNDRV_PCM_MMAP_OFFSET_CONTROL, 4096);
	map(fd, 0x82000000, 4096);
	map(fd, 0x83000000, 4096);
	TRY(fd, SNDRV_PCM_IOCTL_START, 0);
	TRY(fd, SNDRV_PCM_IOCTL_DRAIN, 0);
	status(fd);
	TRY(fd, SNDRV_PCM_IOCTL_PREPARE, 0);
	TRY(fd, SNDRV_PCM_IOCTL_XRUN, 0);
	TRY(fd, SNDRV_PCM_IOCTL_RESET, 0);
	TRY(fd, SNDRV_PCM_IOCTL_DROP, 0);
	TRY(fd, SNDRV_PCM_IOCTL_HW_FREE, 0);
	status(fd);
	choose(fd, SNDRV_PCM_ACCESS_RW_NONINTERLEAVED, 512, 2);
	TRY(fd, SNDRV_PCM_IOCTL_PREPARE, 0);
	bufs[0] = edge(256), bufs[1] = edge(256);
	n->frames = 128;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEN_FRAMES, n, bufs);
	bufs[1] = (void *)16;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEN_FRAMES, n, bufs);
	status(fd);
	close(fd);
}

/* silence_size of a whole ring: the boundary, whatever the program's word is. */
static void silence(const char *path)
{
	int fd = need(path, O_RDWR);
	struct snd_pcm_sw_params *p;
	struct snd_xferi *x = NEW(struct snd_xferi);

	choose(fd, SNDRV_PCM_ACCESS_RW_INTERLEAVED, 1024, 4);
	p = software(fd, 1, 4096, 0);
	p->stop_threshold = p->boundary;
	p->silence_threshold = 0;
	p->silence_size = p->boundary;
	SHOW(fd, SNDRV_PCM_IOCTL_SW_PARAMS, p);
	p->silence_size = p->boundary - 1;
	SHOW(fd, SNDRV_PCM_IOCTL_SW_PARAMS, p);
	p->silence_threshold = p->silence_size = 1024;
	SHOW(fd, SNDRV_PCM_IOCTL_SW_PARAMS, p);
	TRY(fd, SNDRV_PCM_IOCTL_PREPARE, 0);
	x->buf = edge(4096);
	x->frames = 1024;
	SHOW_BUT(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, x, buf);
	usleep(60000);
	TRY(fd, SNDRV_PCM_IOCTL_DROP, 0);
	close(fd);
}

/* What is played at one end of the loop is recorded at the other. */
static void loopback(void)
{
	int out = need("/dev/snd/pcmC1D0p", O_RDWR), in = need("/dev/snd/pcmC1D1c", O_RDWR | O_NONBLOCK);
	struct snd_xferi *x = NEW(struct snd_xferi);
	int16_t *samples = calloc(4096, 4), *heard = calloc(4096, 4);
	unsigned got = 0, same = 0;

	for (int i = 0; i < 8192; i++)
		samples[i] = (int16_t)(i | 1);
	choose(out, SNDRV_PCM_ACCESS_RW_INTERLEAVED, 1024, 4);
	choose(in, SNDRV_PCM_ACCESS_RW_INTERLEAVED, 1024, 4);
	software(out, 100000, 0x7fffffff, 0);
	software(in, 100000, 0x7fffffff, 0);
	TRY(out, SNDRV_PCM_IOCTL_PREPARE, 0);
	TRY(in, SNDRV_PCM_IOCTL_PREPARE, 0);
	x->buf = samples;
	x->frames = 4096;
	SHOW_BUT(out, SNDRV_PCM_IOCTL_WRITEI_FRAMES, x, buf);
	TRY(out, SNDRV_PCM_IOCTL_START, 0);
	TRY(in, SNDRV_PCM_IOCTL_START, 0);
	while (got < 4096 && ready(in, POLLIN) & POLLIN) {
		x->buf = heard + got * 2;
		x->frames = 4096 - got < 512 ? 4096 - got : 512;
		x->result = 0;
		if (ioctl(in, SNDRV_PCM_IOCTL_READI_FRAMES, x) < 0)
			break;
		got += (unsigned)x->result;
	}
	for (int i = 2; i < 8192; i += 2)
		same += heard[i] && heard[i] == heard[i - 2] + 2;
	printf("heard some of what was played: %d\n", same > 200);
	TRY(in, SNDRV_PCM_IOCTL_DROP, 0);
	TRY(out, SNDRV_PCM_IOCTL_DROP, 0);
	close(in);
	close(out);
}

static void mapped(void)
{
	int fd = need("/dev/snd/pcmC1D0p", O_RDWR);
	int16_t *p;

	choose(fd, SNDRV_PCM_ACCESS_MMAP_INTERLEAVED, 1024, 4);
	p = map(fd, SNDRV_PCM_MMAP_OFFSET_DATA, 16384);
	if (p) {
		memset(p, 0x11, 16384);
		printf("sample %x\n", p[77]);
	}
	TRY(fd, SNDRV_PCM_IOCTL_PREPARE, 0);
	sync_ptr(fd, 0);
	sync_ptr(fd, SNDRV_PCM_SYNC_PTR_APPL | SNDRV_PCM_SYNC_PTR_AVAIL_MIN);
	close(fd);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	playback("/dev/snd/pcmC0D0p");
	silence("/dev/snd/pcmC0D0p");
	loopback();
	mapped();
	return 0;
}
