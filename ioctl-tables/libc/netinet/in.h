/* SPDX-License-Identifier: MIT */
#pragma once

#include <linux/in.h>
#include <linux/in6.h>
