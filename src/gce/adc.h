/* Application Default Credentials: the places where Google's own libraries look for credentials, in their order.
 *
 *     1. the file that GOOGLE_APPLICATION_CREDENTIALS names
 *     2. application_default_credentials.json in gcloud's folder: CLOUDSDK_CONFIG, else ~/.config/gcloud
 *     3. the metadata server, unless NO_GCE_CHECK is true; whether there is one is found out at the first fetch
 *
 * A file is read again before each fetch, so that a key that was changed takes effect; one that can't be read just then, or is no
 * good any more, leaves what it said before in use. */
#pragma once

#include "gce/credential.h"

/* named_only: only what the environment names explicitly: not the well-known file, and the metadata server only by GCE_METADATA_HOST.
 * universe: of the endpoint; NULL: any. NULL and err: what was found can't work, or nothing was found (code "NotFound"). */
struct credential *adc_find(const struct credential_io *io, bool named_only, const char *universe, struct error *err);
