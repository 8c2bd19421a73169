/* SPDX-License-Identifier: MIT */
#pragma once

#include <asm/ioctls.h>
#include <linux/ioctl.h>
