/* Names in a released program, which has the C library in it: hosts by /etc/hosts and DNS. That is in the library; whatever else
 * /etc/nsswitch.conf may name would be loaded from this machine's C library, which may be another version. */
#include <nss.h>

__attribute__((constructor)) static void look_up(void)
{
	__nss_configure_lookup("hosts", "files dns");
	__nss_configure_lookup("passwd", "files");
}
