/* SPDX-License-Identifier: MIT */
/* due.c: what comes first. */
#include "controller/core/due.h"

int64_t due_earlier(int64_t a, int64_t b)
{
    return !a || (b && b < a) ? b : a;
}
