/* SPDX-License-Identifier: MIT */
/* DRM on virtio-gpu, with a screen, and on vgem: queries, buffers, modes, properties, atomic commits, synchronisation. */
// modules: vgem virtio-gpu
#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <drm/vgem_drm.h>
#include <drm/virtgpu_drm.h>
#include <time.h>

#include "driver.h"

#define PTR(p) ((uint64_t)(uintptr_t)(p))

static uint32_t crtc, connector, plane, encoder;

static bool is_driver(int fd, const char *want)
{
	char name[32] = "";
	struct drm_version v = {.name_len = sizeof name - 1, .name = name};

	return ioctl(fd, DRM_IOCTL_VERSION, &v) == 0 && !strcmp(name, want);
}

static int open_driver(const char *want, const char *kind, int first)
{
	char path[32];
	int fd;

	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof path, "/dev/dri/%s%d", kind, first + i);
		fd = open(path, O_RDWR | O_NONBLOCK);
		if (fd >= 0 && is_driver(fd, want))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	fprintf(stderr, "no %s %s\n", kind, want);
	exit(1);
}

static void version(int fd)
{
	struct drm_version *v = NEW(struct drm_version);
	char date[64] = "", desc[64] = "";

	SHOW(fd, DRM_IOCTL_VERSION, v);
	v->name = edge(3);
	v->name_len = 3;
	v->date = date;
	v->desc = desc;
	v->desc_len = sizeof desc;
	TRY(fd, DRM_IOCTL_VERSION, v);
	printf("%d.%d.%d, %u %.3s, %u %s, %u %s\n", v->version_major, v->version_minor, v->version_patchlevel, (unsigned)v->name_len, v->name,
	       (unsigned)v->date_len, date, (unsigned)v->desc_len, desc);
	v->name = (char *)16;
	v->name_len = 8;
	TRY(fd, DRM_IOCTL_VERSION, v);
	FAULT(fd, DRM_IOCTL_VERSION, struct drm_version);
}

static void capabilities(int fd)
{
	struct drm_get_cap *cap = NEW(struct drm_get_cap);
	struct drm_set_client_cap *set = NEW(struct drm_set_client_cap);
	struct drm_unique *u = NEW(struct drm_unique);
	struct drm_client *c = NEW(struct drm_client);
	struct drm_stats *st = DIRTY(struct drm_stats);
	struct drm_set_version *sv = NEW(struct drm_set_version);
	char unique[64] = "";

	for (unsigned i = 0; i < 0x18; i++) {
		cap->capability = i;
		SHOW(fd, DRM_IOCTL_GET_CAP, cap);
	}
	for (unsigned i = 1; i < 8; i++) {
		set->capability = i;
		set->value = 1;
		SHOW(fd, DRM_IOCTL_SET_CLIENT_CAP, set);
	}
	u->unique_len = sizeof unique;
	u->unique = unique;
	TRY(fd, DRM_IOCTL_GET_UNIQUE, u);
	printf("%u %s\n", (unsigned)u->unique_len, unique);
	TRY(fd, DRM_IOCTL_GET_CLIENT, c);
	printf("auth %d, uid %lu, magic %lu, iocs %lu\n", c->auth, c->uid, c->magic, c->iocs);
	SHOW(fd, DRM_IOCTL_GET_STATS, st);
	*sv = (struct drm_set_version){1, 4, -1, -1};
	SHOW(fd, DRM_IOCTL_SET_VERSION, sv);
	TRY(fd, DRM_IOCTL_DROP_MASTER, 0);
	TRY(fd, DRM_IOCTL_SET_MASTER, 0);
	FAULT(fd, DRM_IOCTL_GET_UNIQUE, struct drm_unique);
	FAULT(fd, DRM_IOCTL_GET_STATS, struct drm_stats);
}

/* A structure of another size: older and newer programs. */
static void other_sizes(int fd)
{
	uint32_t *cap = edge(8), *more = memset(edge(64), 0, 64);
	struct drm_get_cap *c = (void *)more;

	cap[0] = 0;
	cap[1] = 0;
	TRY(fd, _IOC(_IOC_READ | _IOC_WRITE, 'd', 0x0c, 8), cap);
	c->capability = 1;
	TRY(fd, _IOC(_IOC_READ | _IOC_WRITE, 'd', 0x0c, 64), more);
	show_bytes("longer", more, 64);
}

static void properties_of(int fd, uint32_t id, uint32_t type, const char *want, uint32_t *ret)
{
	struct drm_mode_obj_get_properties *o = NEW(struct drm_mode_obj_get_properties);
	uint32_t *ids;
	uint64_t *values;

	o->obj_id = id;
	o->obj_type = type;
	SHOW(fd, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, o);
	ids = edge(o->count_props * 4);
	values = edge(o->count_props * 8);
	o->props_ptr = PTR(ids);
	o->prop_values_ptr = PTR(values);
	TRY(fd, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, o);
	show_bytes("ids", ids, o->count_props * 4);
	for (unsigned i = 0; i < o->count_props; i++) {
		struct drm_mode_get_property *p = NEW(struct drm_mode_get_property);

		p->prop_id = ids[i];
		SHOW(fd, DRM_IOCTL_MODE_GETPROPERTY, p);
		if (p->count_values)
			p->values_ptr = PTR(edge(p->count_values * 8));
		if (p->count_enum_blobs)
			p->enum_blob_ptr = PTR(edge(p->count_enum_blobs * sizeof(struct drm_mode_property_enum)));
		TRY(fd, DRM_IOCTL_MODE_GETPROPERTY, p);
		if (p->values_ptr)
			show_bytes("values", (void *)(uintptr_t)p->values_ptr, p->count_values * 8);
		if (p->enum_blob_ptr)
			show_bytes("enums", (void *)(uintptr_t)p->enum_blob_ptr, p->count_enum_blobs * sizeof(struct drm_mode_property_enum));
		if (p->flags & (DRM_MODE_PROP_EXTENDED_TYPE | DRM_MODE_PROP_BLOB)) /* ids of what was made: as others left them */
			HIDE(values[i]);
		show_bytes("value", &values[i], 8);
		if (want && !strcmp(p->name, want))
			*ret = ids[i];
	}
	o->props_ptr = 16;
	TRY(fd, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, o);
	o->props_ptr = 1ull << 40;
	TRY(fd, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, o);
}

static struct drm_mode_modeinfo resources(int fd)
{
	struct drm_mode_card_res *r = NEW(struct drm_mode_card_res);
	struct drm_mode_get_connector *c = NEW(struct drm_mode_get_connector);
	struct drm_mode_get_encoder *e = NEW(struct drm_mode_get_encoder);
	struct drm_mode_get_plane_res *pr = NEW(struct drm_mode_get_plane_res);
	struct drm_mode_get_plane *pl = NEW(struct drm_mode_get_plane);
	struct drm_mode_modeinfo mode = {0}, *modes;
	uint32_t *ids[4], *values;

	SHOW(fd, DRM_IOCTL_MODE_GETRESOURCES, r);
	ids[0] = edge(4), ids[1] = edge(r->count_crtcs * 4), ids[2] = edge(r->count_connectors * 4), ids[3] = edge(r->count_encoders * 4);
	r->fb_id_ptr = PTR(ids[0]);
	r->crtc_id_ptr = PTR(ids[1]);
	r->connector_id_ptr = PTR(ids[2]);
	r->encoder_id_ptr = PTR(ids[3]);
	TRY(fd, DRM_IOCTL_MODE_GETRESOURCES, r);
	crtc = *ids[1], connector = *ids[2], encoder = *ids[3];
	printf("crtc %u, connector %u, encoder %u\n", crtc, connector, encoder);
	c->connector_id = connector;
	SHOW(fd, DRM_IOCTL_MODE_GETCONNECTOR, c);
	modes = edge(c->count_modes * sizeof *modes);
	c->modes_ptr = PTR(modes);
	c->encoders_ptr = PTR(edge(c->count_encoders * 4));
	c->props_ptr = PTR(edge(c->count_props * 4));
	c->prop_values_ptr = PTR(values = edge(c->count_props * 8));
	TRY(fd, DRM_IOCTL_MODE_GETCONNECTOR, c);
	if (c->count_modes) {
		show_bytes("modes", modes, c->count_modes * sizeof *modes);
		mode = modes[c->count_modes - 1];
	}
	show_bytes("values", values, c->count_props * 8);
	c->prop_values_ptr = 16;
	TRY(fd, DRM_IOCTL_MODE_GETCONNECTOR, c);
	e->encoder_id = encoder;
	SHOW(fd, DRM_IOCTL_MODE_GETENCODER, e);
	SHOW(fd, DRM_IOCTL_MODE_GETPLANERESOURCES, pr);
	pr->plane_id_ptr = PTR(edge(pr->count_planes * 4));
	TRY(fd, DRM_IOCTL_MODE_GETPLANERESOURCES, pr);
	show_bytes("planes", (void *)(uintptr_t)pr->plane_id_ptr, pr->count_planes * 4);
	plane = *(uint32_t *)(uintptr_t)pr->plane_id_ptr;
	pl->plane_id = plane;
	SHOW(fd, DRM_IOCTL_MODE_GETPLANE, pl);
	pl->format_type_ptr = PTR(edge(pl->count_format_types * 4));
	TRY(fd, DRM_IOCTL_MODE_GETPLANE, pl);
	show_bytes("formats", (void *)(uintptr_t)pl->format_type_ptr, pl->count_format_types * 4);
	FAULT(fd, DRM_IOCTL_MODE_GETRESOURCES, struct drm_mode_card_res);
	return mode;
}

/* A dumb buffer, filled through its mapping, as a framebuffer. */
static uint32_t framebuffer(int fd, uint32_t width, uint32_t height, uint32_t *ret_handle)
{
	struct drm_mode_create_dumb *d = NEW(struct drm_mode_create_dumb);
	struct drm_mode_map_dumb *m = NEW(struct drm_mode_map_dumb);
	struct drm_mode_fb_cmd *f1 = NEW(struct drm_mode_fb_cmd), *got = NEW(struct drm_mode_fb_cmd);
	struct drm_mode_fb_cmd2 *f2 = NEW(struct drm_mode_fb_cmd2);
	struct drm_mode_fb_dirty_cmd *dirty = NEW(struct drm_mode_fb_dirty_cmd);
	struct drm_clip_rect clip = {0, 0, 8, 8};
	uint32_t *pixels;

	d->width = width, d->height = height, d->bpp = 32;
	SHOW(fd, DRM_IOCTL_MODE_CREATE_DUMB, d);
	m->handle = d->handle;
	SHOW_BUT(fd, DRM_IOCTL_MODE_MAP_DUMB, m, offset);
	pixels = mmap64(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off64_t)m->offset);
	if (pixels == MAP_FAILED) {
		printf("mmap: errno %d\n", errno);
	} else {
		for (uint32_t i = 0; i < d->size / 4; i++)
			pixels[i] = i * 2654435761u;
		printf("pixel %x\n", pixels[d->size / 8]);
		munmap(pixels, d->size);
	}
	f1->width = width, f1->height = height, f1->pitch = d->pitch, f1->bpp = 32, f1->depth = 24, f1->handle = d->handle;
	SHOW_BUT(fd, DRM_IOCTL_MODE_ADDFB, f1, fb_id);
	got->fb_id = f1->fb_id;
	SHOW_BUT(fd, DRM_IOCTL_MODE_GETFB, got, fb_id);
	f2->width = width, f2->height = height, f2->pixel_format = 0x34325258, f2->handles[0] = d->handle, f2->pitches[0] = d->pitch;
	SHOW_BUT(fd, DRM_IOCTL_MODE_ADDFB2, f2, fb_id);
	f2->fb_id = f1->fb_id;
	SHOW_BUT(fd, DRM_IOCTL_MODE_GETFB2, f2, fb_id);
	dirty->fb_id = f1->fb_id;
	dirty->num_clips = 1;
	dirty->clips_ptr = PTR(&clip);
	SHOW_BUT2(fd, DRM_IOCTL_MODE_DIRTYFB, dirty, fb_id, clips_ptr);
	*ret_handle = d->handle;
	return f1->fb_id;
}

static void wait_event(int fd)
{
	union {
		struct drm_event base;
		struct drm_event_vblank flip;
		char bytes[256];
	} e;

	memset(&e, 0, sizeof e);
	printf("poll %x\n", ready(fd, POLLIN));
	result("read", read(fd, &e, sizeof e));
	printf("event %u, %u bytes, user data %llx, crtc %u\n", e.base.type, e.base.length, e.flip.user_data, e.flip.crtc_id);
}

static void modeset(int fd, struct drm_mode_modeinfo mode)
{
	struct drm_mode_crtc *k = NEW(struct drm_mode_crtc);
	struct drm_mode_crtc_page_flip *flip = NEW(struct drm_mode_crtc_page_flip);
	struct drm_mode_cursor2 *cursor = NEW(struct drm_mode_cursor2);
	struct drm_mode_set_plane *sp = NEW(struct drm_mode_set_plane);
	struct drm_mode_create_blob *b = NEW(struct drm_mode_create_blob);
	struct drm_mode_get_blob *g = NEW(struct drm_mode_get_blob);
	struct drm_mode_destroy_blob *db = NEW(struct drm_mode_destroy_blob);
	struct drm_mode_atomic *a = NEW(struct drm_mode_atomic);
	struct drm_mode_destroy_dumb *dd = NEW(struct drm_mode_destroy_dumb);
	struct drm_mode_crtc_lut *lut = NEW(struct drm_mode_crtc_lut);
	struct drm_crtc_get_sequence *seq = NEW(struct drm_crtc_get_sequence);
	union drm_wait_vblank *vb = NEW(union drm_wait_vblank);
	struct drm_mode_connector_set_property *cp = NEW(struct drm_mode_connector_set_property);
	uint32_t handle, fb = framebuffer(fd, mode.hdisplay, mode.vdisplay, &handle), *objects, *counts, *props, prop = 0, fb_prop = 0;
	uint64_t *values;
	uint32_t *id = NEW(uint32_t);

	k->crtc_id = crtc;
	SHOW_BUT(fd, DRM_IOCTL_MODE_GETCRTC, k, fb_id);
	k->fb_id = fb;
	k->set_connectors_ptr = PTR(&connector);
	k->count_connectors = 1;
	k->mode = mode;
	k->mode_valid = 1;
	k->x = k->y = 0;
	SHOW_BUT2(fd, DRM_IOCTL_MODE_SETCRTC, k, fb_id, set_connectors_ptr);
	k->set_connectors_ptr = 16;
	TRY(fd, DRM_IOCTL_MODE_SETCRTC, k);
	SHOW_BUT2(fd, DRM_IOCTL_MODE_GETCRTC, k, fb_id, set_connectors_ptr);
	flip->crtc_id = crtc, flip->fb_id = fb, flip->flags = DRM_MODE_PAGE_FLIP_EVENT, flip->user_data = 0x123456789abcdefull;
	SHOW_BUT(fd, DRM_IOCTL_MODE_PAGE_FLIP, flip, fb_id);
	wait_event(fd);
	cursor->crtc_id = crtc, cursor->flags = DRM_MODE_CURSOR_MOVE, cursor->x = 3, cursor->y = -3;
	SHOW(fd, DRM_IOCTL_MODE_CURSOR2, cursor);
	sp->plane_id = plane, sp->crtc_id = crtc, sp->fb_id = fb, sp->crtc_w = mode.hdisplay, sp->crtc_h = mode.vdisplay;
	sp->src_w = (uint32_t)mode.hdisplay << 16, sp->src_h = (uint32_t)mode.vdisplay << 16;
	SHOW_BUT(fd, DRM_IOCTL_MODE_SETPLANE, sp, fb_id);
	lut->crtc_id = crtc;
	lut->gamma_size = 4;
	lut->red = PTR(edge(8)), lut->green = PTR(edge(8)), lut->blue = PTR(edge(8));
	TRY(fd, DRM_IOCTL_MODE_GETGAMMA, lut);
	seq->crtc_id = crtc;
	SHOW(fd, DRM_IOCTL_CRTC_GET_SEQUENCE, seq);
	vb->request.type = _DRM_VBLANK_RELATIVE;
	SHOW(fd, DRM_IOCTL_WAIT_VBLANK, vb);

	b->data = PTR(&mode);
	b->length = sizeof mode;
	SHOW_BUT2(fd, DRM_IOCTL_MODE_CREATEPROPBLOB, b, data, blob_id);
	g->blob_id = b->blob_id;
	SHOW_BUT(fd, DRM_IOCTL_MODE_GETPROPBLOB, g, blob_id);
	g->data = PTR(edge(sizeof mode));
	TRY(fd, DRM_IOCTL_MODE_GETPROPBLOB, g);
	show_bytes("blob", (void *)(uintptr_t)g->data, sizeof mode);
	b->data = 16;
	TRY(fd, DRM_IOCTL_MODE_CREATEPROPBLOB, b);

	properties_of(fd, crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", &prop);
	properties_of(fd, connector, DRM_MODE_OBJECT_CONNECTOR, NULL, NULL);
	properties_of(fd, plane, DRM_MODE_OBJECT_PLANE, "FB_ID", &fb_prop);
	objects = edge(8), counts = edge(8), props = edge(8), values = edge(16);
	objects[0] = crtc, objects[1] = plane, counts[0] = counts[1] = 1;
	props[0] = prop, props[1] = fb_prop, values[0] = g->blob_id, values[1] = fb;
	a->count_objs = 2;
	a->objs_ptr = PTR(objects), a->count_props_ptr = PTR(counts), a->props_ptr = PTR(props), a->prop_values_ptr = PTR(values);
	a->flags = DRM_MODE_ATOMIC_TEST_ONLY;
	TRY(fd, DRM_IOCTL_MODE_ATOMIC, a);
	a->flags = DRM_MODE_ATOMIC_ALLOW_MODESET | DRM_MODE_PAGE_FLIP_EVENT;
	a->user_data = 77;
	TRY(fd, DRM_IOCTL_MODE_ATOMIC, a);
	wait_event(fd);
	values[1] = 999999;
	TRY(fd, DRM_IOCTL_MODE_ATOMIC, a);
	a->prop_values_ptr = 16;
	TRY(fd, DRM_IOCTL_MODE_ATOMIC, a);
	cp->connector_id = connector, cp->prop_id = prop;
	SHOW(fd, DRM_IOCTL_MODE_SETPROPERTY, cp);
	db->blob_id = g->blob_id;
	TRY(fd, DRM_IOCTL_MODE_DESTROYPROPBLOB, db);
	*id = fb;
	TRY(fd, DRM_IOCTL_MODE_RMFB, id);
	*k = (struct drm_mode_crtc){.crtc_id = crtc};
	SHOW(fd, DRM_IOCTL_MODE_SETCRTC, k);
	dd->handle = handle;
	SHOW(fd, DRM_IOCTL_MODE_DESTROY_DUMB, dd);
	TRY(fd, DRM_IOCTL_MODE_DESTROY_DUMB, dd);
}

static void leases(int fd)
{
	struct drm_mode_create_lease *l = NEW(struct drm_mode_create_lease);
	struct drm_mode_list_lessees *list = NEW(struct drm_mode_list_lessees);
	struct drm_mode_get_lease *get = NEW(struct drm_mode_get_lease);
	struct drm_mode_revoke_lease *revoke = NEW(struct drm_mode_revoke_lease);
	uint32_t *ids = edge(12);

	ids[0] = crtc, ids[1] = connector, ids[2] = plane;
	l->object_ids = PTR(ids);
	l->object_count = 3;
	l->flags = O_CLOEXEC;
	SHOW_BUT(fd, DRM_IOCTL_MODE_CREATE_LEASE, l, object_ids);
	SHOW(fd, DRM_IOCTL_MODE_LIST_LESSEES, list);
	list->lessees_ptr = PTR(edge(list->count_lessees * 4));
	TRY(fd, DRM_IOCTL_MODE_LIST_LESSEES, list);
	show_bytes("lessees", (void *)(uintptr_t)list->lessees_ptr, list->count_lessees * 4);
	SHOW((int)l->fd, DRM_IOCTL_MODE_GET_LEASE, get);
	get->objects_ptr = PTR(edge(get->count_objects * 4));
	TRY((int)l->fd, DRM_IOCTL_MODE_GET_LEASE, get);
	show_bytes("leased", (void *)(uintptr_t)get->objects_ptr, get->count_objects * 4);
	revoke->lessee_id = l->lessee_id;
	SHOW(fd, DRM_IOCTL_MODE_REVOKE_LEASE, revoke);
	close((int)l->fd);
}

static void syncobjs(int fd)
{
	struct drm_syncobj_create *c = NEW(struct drm_syncobj_create);
	struct drm_syncobj_handle *h = NEW(struct drm_syncobj_handle);
	struct drm_syncobj_wait *w = NEW(struct drm_syncobj_wait);
	struct drm_syncobj_timeline_wait *tw = NEW(struct drm_syncobj_timeline_wait);
	struct drm_syncobj_timeline_array *ta = NEW(struct drm_syncobj_timeline_array);
	struct drm_syncobj_array *sa = NEW(struct drm_syncobj_array);
	struct drm_syncobj_transfer *t = NEW(struct drm_syncobj_transfer);
	struct drm_syncobj_destroy *d = NEW(struct drm_syncobj_destroy);
	uint32_t *handles = edge(8);
	uint64_t *points = edge(16);

	c->flags = DRM_SYNCOBJ_CREATE_SIGNALED;
	if (SHOW(fd, DRM_IOCTL_SYNCOBJ_CREATE, c) < 0)
		return;
	handles[0] = c->handle;
	c->flags = 0;
	SHOW(fd, DRM_IOCTL_SYNCOBJ_CREATE, c);
	handles[1] = c->handle;
	h->handle = c->handle;
	SHOW(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, h);
	h->handle = 0;
	SHOW(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, h);
	close(h->fd);
	w->handles = PTR(handles);
	w->count_handles = 2;
	SHOW_BUT(fd, DRM_IOCTL_SYNCOBJ_WAIT, w, handles);
	w->flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT;
	SHOW_BUT(fd, DRM_IOCTL_SYNCOBJ_WAIT, w, handles);
	w->count_handles = 1;
	SHOW_BUT(fd, DRM_IOCTL_SYNCOBJ_WAIT, w, handles);
	w->handles = 16;
	TRY(fd, DRM_IOCTL_SYNCOBJ_WAIT, w);
	sa->handles = PTR(handles);
	sa->count_handles = 2;
	TRY(fd, DRM_IOCTL_SYNCOBJ_SIGNAL, sa);
	TRY(fd, DRM_IOCTL_SYNCOBJ_RESET, sa);
	ta->handles = PTR(handles);
	ta->points = PTR(points);
	ta->count_handles = 2;
	points[0] = 3, points[1] = 0x100000004ull;
	TRY(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, ta);
	points[0] = points[1] = 0;
	TRY(fd, DRM_IOCTL_SYNCOBJ_QUERY, ta);
	show_bytes("points", points, 16);
	tw->handles = PTR(handles);
	tw->points = PTR(points);
	tw->count_handles = 2;
	TRY(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, tw);
	points[1]++;
	TRY(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, tw);
	t->src_handle = handles[0], t->dst_handle = handles[1], t->src_point = 3, t->dst_point = 0x200000000ull;
	SHOW(fd, DRM_IOCTL_SYNCOBJ_TRANSFER, t);
	TRY(fd, DRM_IOCTL_SYNCOBJ_QUERY, ta);
	show_bytes("points", points, 16);
	d->handle = handles[0];
	SHOW(fd, DRM_IOCTL_SYNCOBJ_DESTROY, d);
	TRY(fd, DRM_IOCTL_SYNCOBJ_DESTROY, d);
}

/* A buffer of vgem, with fences on it, as a dma-buf and back. */
static void vgem(int fd)
{
	struct drm_mode_create_dumb *d = NEW(struct drm_mode_create_dumb);
	struct drm_prime_handle *p = NEW(struct drm_prime_handle);
	struct drm_vgem_fence_attach *f = NEW(struct drm_vgem_fence_attach);
	struct drm_vgem_fence_signal *s = NEW(struct drm_vgem_fence_signal);
	struct drm_gem_close *c = NEW(struct drm_gem_close);
	struct drm_gem_flink *flink = NEW(struct drm_gem_flink);

	d->width = 64, d->height = 16, d->bpp = 16;
	SHOW(fd, DRM_IOCTL_MODE_CREATE_DUMB, d);
	p->handle = d->handle;
	p->flags = DRM_CLOEXEC | DRM_RDWR;
	SHOW(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, p);
	p->handle = 0;
	SHOW(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, p);
	f->handle = d->handle;
	SHOW(fd, DRM_IOCTL_VGEM_FENCE_ATTACH, f);
	s->fence = f->out_fence;
	SHOW(fd, DRM_IOCTL_VGEM_FENCE_SIGNAL, s);
	flink->handle = d->handle;
	SHOW(fd, DRM_IOCTL_GEM_FLINK, flink);
	c->handle = d->handle;
	SHOW(fd, DRM_IOCTL_GEM_CLOSE, c);
	close(p->fd);
}

static void virtgpu(int fd)
{
	struct drm_virtgpu_getparam *g = NEW(struct drm_virtgpu_getparam);
	struct drm_virtgpu_get_caps *caps = NEW(struct drm_virtgpu_get_caps);
	struct drm_virtgpu_resource_create *rc = NEW(struct drm_virtgpu_resource_create);
	struct drm_virtgpu_resource_info *ri = NEW(struct drm_virtgpu_resource_info);
	struct drm_virtgpu_map *m = NEW(struct drm_virtgpu_map);
	struct drm_virtgpu_execbuffer *x = NEW(struct drm_virtgpu_execbuffer);
	struct drm_virtgpu_3d_wait *w = NEW(struct drm_virtgpu_3d_wait);
	struct drm_virtgpu_context_init *ci = NEW(struct drm_virtgpu_context_init);
	struct drm_virtgpu_context_set_param param = {VIRTGPU_CONTEXT_PARAM_NUM_RINGS, 1};
	int *value = NEW(int);

	for (unsigned i = 1; i < 9; i++) {
		g->param = i;
		g->value = PTR(value);
		TRY(fd, DRM_IOCTL_VIRTGPU_GETPARAM, g);
		printf("parameter %u: %d\n", i, *value);
	}
	g->param = 1;
	g->value = 16;
	TRY(fd, DRM_IOCTL_VIRTGPU_GETPARAM, g);
	caps->cap_set_id = 1;
	caps->addr = PTR(edge(64));
	caps->size = 64;
	TRY(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, caps);
	rc->target = 2, rc->format = 1, rc->bind = 2, rc->width = rc->height = 16, rc->depth = rc->array_size = 1;
	SHOW_BUT(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, rc, res_handle);
	ri->bo_handle = rc->bo_handle;
	SHOW_BUT(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, ri, res_handle);
	m->handle = rc->bo_handle;
	SHOW_BUT(fd, DRM_IOCTL_VIRTGPU_MAP, m, offset);
	w->handle = rc->bo_handle;
	SHOW(fd, DRM_IOCTL_VIRTGPU_WAIT, w);
	x->size = 16;
	x->command = PTR(edge(16));
	TRY(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, x);
	ci->num_params = 1;
	ci->ctx_set_params = PTR(&param);
	TRY(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, ci);
}

int main(void)
{
	int gpu = open_driver("virtio_gpu", "card", 0), gem = open_driver("vgem", "card", 0), render = open_driver("virtio_gpu", "renderD", 128);
	struct drm_mode_modeinfo mode;

	setvbuf(stdout, NULL, _IOLBF, 0);
	version(gpu);
	capabilities(gpu);
	other_sizes(gpu);
	mode = resources(gpu);
	modeset(gpu, mode);
	leases(gpu);
	syncobjs(gpu);
	syncobjs(render);
	virtgpu(render);
	version(gem);
	capabilities(gem);
	syncobjs(gem);
	vgem(gem);
	TRY(gem, DRM_IOCTL_VIRTGPU_MAP, 16);
	return 0;
}
