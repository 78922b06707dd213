/* For the files of net that own libuv handles. */
#pragma once

#include <uv.h>

#include "net/loop.h"

uv_loop_t *net_loop_uv(struct loop *loop); /* loop was made by net_loop_new */
