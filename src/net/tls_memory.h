/* OpenSSL's memory. For each record of a connection it takes forty bytes and gives them back at once: these stay at hand, so that
 * what comes by a watch costs the heap nothing. */
#pragma once

/* For the calling thread, which then keeps at most one such block to the end of the process; without effect if OpenSSL took memory
 * before the first call. */
void tls_memory_keep(void);
