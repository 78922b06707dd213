/* What a spec names, as the cloud will be asked for it. Texts of the current arena; lb has passed model_parse. */
#pragma once

#include "model/lb.h"

char *pool_region(const struct lb_pool *pool);
/* Full paths, "projects/P/global/networks/N", of what the user may write as name, partial or full path. The network: NULL being
 * default; the subnetwork (NULL: none): a bare one in the pool's region and in the project of its network. */
char *full_network(const struct lb *lb, const char *network);
char *full_subnetwork(const struct lb *lb, const struct lb_pool *pool, const char *network, const char *subnetwork);
/* Those of the pool's machines; of a subnetwork NULL when none is set. */
char *network_path(const struct lb *lb, const struct lb_pool *pool);
char *subnetwork_path(const struct lb *lb, const struct lb_pool *pool);
char *image_path(const struct lb *lb, const struct lb_pool *pool);
