// SPDX-License-Identifier: MIT
// machine: same
// A core file: the parent is told, the file is the program's: class, machine, registers, signal, memory.
// guests: i386
#include "sig_util.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/procfs.h>
#include <sys/resource.h>

static char marker[64] = "the core file holds this text";
static char image[32 << 20];

__attribute__((noinline)) static void crash(void)
{
	__asm__ volatile("mov $0x11223344, %%ebx\n\tmov $0x55667788, %%esi\n\tmovl $1, 16" ::: "ebx", "esi");
}

static const Elf32_Phdr *segment(const Elf32_Phdr *ph, int n, uint32_t addr)
{
	for (int i = 0; i < n; i++)
		if (ph[i].p_type == PT_LOAD && addr - ph[i].p_vaddr < ph[i].p_filesz)
			return ph + i;
	return NULL;
}

static void notes(const char *p, const char *end, pid_t child)
{
	while (p < end) {
		const Elf32_Nhdr *h = (void *)p;
		const char *desc = p + 12 + ((h->n_namesz + 3) & ~3);
		const struct elf_prstatus *s = (void *)desc;
		const uint32_t *w = (void *)desc;

		switch (h->n_type) {
		case NT_PRSTATUS:
			printf("prstatus %s %d: cursig %d signo %d pid %d ebx %lx esi %lx eip in crash %d cs %lx\n", p + 12, h->n_descsz, s->pr_cursig, s->pr_info.si_signo,
			       s->pr_pid == child, s->pr_reg[0], s->pr_reg[3], s->pr_reg[12] - (uint32_t)crash < 64, s->pr_reg[13]);
			break;
		case NT_PRPSINFO:
			printf("prpsinfo %s %d: %s\n", p + 12, h->n_descsz, ((struct elf_prpsinfo *)desc)->pr_fname);
			break;
		case 0x53494749:
			printf("siginfo %s %d: %x %x %x %x\n", p + 12, h->n_descsz, w[0], w[1], w[2], w[3]);
			break;
		case NT_AUXV:
			printf("auxv %s\n", p + 12);
			break;
		case NT_PRFPREG:
			printf("fpregs %s %d: cwd %x\n", p + 12, h->n_descsz, w[0] & 0xffff);
			break;
		case 0x46e62b7f:
			printf("xfpregs %s %d: cwd %x\n", p + 12, h->n_descsz, w[0] & 0xffff);
			break;
		case 0x202:
			printf("xstate %s\n", p + 12);
			break;
		default: /* more that a kernel may add */
			break;
		}
		p = desc + ((h->n_descsz + 3) & ~3);
	}
}

int main(void)
{
	char dir[] = "/tmp/sig_core_XXXXXX", pattern[128] = "";
	int status, fd = open("/proc/sys/kernel/core_pattern", O_RDONLY), n;
	const Elf32_Ehdr *e = (void *)image;
	const Elf32_Phdr *ph, *s;
	pid_t p;

	read(fd, pattern, sizeof pattern - 1);
	close(fd);
	if (strcmp(pattern, "core\n") || setrlimit(RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY})) {
		fprintf(stderr, "core_pattern or RLIMIT_CORE does not allow core files here\n");
		return 77;
	}
	mkdtemp(dir);
	chdir(dir);
	if (!(p = fork())) {
		crash();
		_exit(0);
	}
	waitpid(p, &status, 0);
	printf("signal %d core %d\n", WTERMSIG(status), !!WCOREDUMP(status));
	fd = open("core", O_RDONLY);
	if (fd < 0) {
		char name[32];

		sprintf(name, "core.%d", p);
		fd = open(name, O_RDONLY);
		unlink(name);
	}
	n = read(fd, image, sizeof image);
	printf("read %d, class %d type %d machine %d phentsize %d\n", n > 4096, e->e_ident[EI_CLASS], e->e_type, e->e_machine, e->e_phentsize);
	ph = (void *)(image + e->e_phoff);
	printf("note first %d\n", ph->p_type == PT_NOTE);
	notes(image + ph->p_offset, image + ph->p_offset + ph->p_filesz, p);
	s = segment(ph, e->e_phnum, (uint32_t)marker);
	printf("marker: %s flags %x\n", s ? image + s->p_offset + ((uint32_t)marker - s->p_vaddr) : "not there", s ? s->p_flags : 0);
	unlink("core");
	chdir("/");
	rmdir(dir);
	return 0;
}
