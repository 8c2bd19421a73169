/* SPDX-License-Identifier: MIT */
/* Processes: waiting, identities, limits, scheduling, what the machine says of itself, program execution. */
#ifndef STRAIT_SYSCALLS_PROCESS_H
#define STRAIT_SYSCALLS_PROCESS_H

#include "syscalls/fs.h"

/* -r: what uname says as the release; NULL: the host's. Set before the first guest instruction. */
extern const char *uname_release;

/* process.c */
SYS(execve); SYS(execveat); SYS(waitpid); SYS(wait4); SYS(waitid); SYS(nice);
SYS(uname); SYS(olduname); SYS(oldolduname); SYS(personality);
SYS(sched_setaffinity); SYS(sched_getaffinity); SYS(membarrier); SYS(kcmp); SYS(pidfd_send_signal);
SYS(process_vm_readv); SYS(process_vm_writev);

/* prctl.c: what a process may ask the kernel to do to itself, and calls refused on purpose */
SYS(prctl); SYS(seccomp); SYS(ptrace); SYS(perf_event_open); SYS(bpf); SYS(kexec_load);

/* ids.c: 16-bit user and group ids */
SYS(getuid16); SYS(getgid16); SYS(geteuid16); SYS(getegid16); SYS(setuid16); SYS(setgid16);
SYS(setreuid16); SYS(setregid16); SYS(setresuid16); SYS(setresgid16); SYS(getresuid16); SYS(getresgid16);
SYS(setfsuid16); SYS(setfsgid16); SYS(getgroups16); SYS(setgroups16);

/* limits.c */
SYS(old_getrlimit); SYS(ugetrlimit); SYS(setrlimit); SYS(prlimit64); SYS(getrusage); SYS(times); SYS(sysinfo);

/* i386.c: calls that only x86 has */
SYS(set_thread_area); SYS(get_thread_area); SYS(modify_ldt); SYS(arch_prctl); SYS(vm86); SYS(vm86old);

struct rusage;
int rusage_out(gaddr at, const struct rusage *ru);

#endif
