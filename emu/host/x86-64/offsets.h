/* SPDX-License-Identifier: MIT */
/* Offsets in struct cpu for assembly and emitted code; checked against the C struct in emit.c. KEEP-ORDER: struct cpu */
#ifndef STRAIT_X86_64_OFFSETS_H
#define STRAIT_X86_64_OFFSETS_H

#define CPU_GPR 0
#define CPU_EIP 32
#define CPU_EFLAGS 36
#define CPU_SEG_BASE 40
#define CPU_GS_BASE 60
#define CPU_SEL 64
#define CPU_YMM 96
#define CPU_R 0
#define CPU_CPSR 64
#define CPU_FPSCR 68
#define CPU_TLS 72
#define CPU_EX_ADDR 80
#define CPU_EX_SIZE 84
#define CPU_EX_VALUE 88
#define CPU_NZCV 96
#define CPU_FP_MODE 100
#define CPU_FP_NZCV 104
#define CPU_D 112
#define CPU_HOST_SP 384
#define CPU_RET_SP 392
#define CPU_RET_BASE 400
#define CPU_HELPER 416
#define CPU_HELPER_ARG 424
#define CPU_HOSTCALL 428
#define CPU_STOP 432
#define CPU_ATTENTION 436
#define CPU_IN_CODE 440
#define CPU_LINK_SITE 448
#define CPU_SCRATCH 456
#define CPU_RET_FULL 488

/* cpu->arm.fp_nzcv: -1 0 1: less, equal, greater; or this and NZCV. */
#define FP_NZCV_GIVEN 16
#define ARM_FPSCR_WRITABLE 0xffc0009f

/* KEEP-ORDER: enum stop */
#define STOP_NONE_ 0
#define STOP_SYSCALL_ 1
#define STOP_FAULT_ 2
#define STOP_HELPER_ 4
#define STOP_HOSTCALL_ 5
#define STOP_LINK_ 6
#define STOP_ON_ 7

/* Flags that C code must not run under: DF and AC; and those the quick restore cannot set: DF NT AC ID and TF. */
#define EFLAGS_RARE 0x244400

#endif
