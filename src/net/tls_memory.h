/* OpenSSL's memory. For each record of a connection it takes forty bytes and gives them back at once: these stay at hand, so that
 * what comes by a watch costs the heap nothing. */
#pragma once

/* For the whole process; without effect once OpenSSL has taken memory. */
void tls_memory_keep(void);
