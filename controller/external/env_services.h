/* env_services.h: services outside Docker that environment variables name: RAG_SERVICE_URL, or _HOST and
 * _PORT, with _PROTOCOL, _HEALTH_ENDPOINT and _FALLBACK_URLS, as registrations. Pure; fuzzed. */
#ifndef QUAYWATCH_CONTROLLER_EXTERNAL_ENV_SERVICES_H
#define QUAYWATCH_CONTROLLER_EXTERNAL_ENV_SERVICES_H

#include "controller/core/mem.h"

/* One service, in the order in which the file names them. */
struct env_service {
    const char *variables; /* "RAG_SERVICE": what its variables begin with, without the prefix */
    const char *json;      /* as registration_parse reads it; NULL: */
    const char *trouble;   /* why there is none, as a sentence without its end */
};

struct env_services {
    struct env_service *item;
    size_t count;
};

/* Finds them among variables (in the order of the file; of several with one name the last counts); those that
 * do not begin with prefix ("": all do), or end otherwise, are not ours. A service whose URL and host are
 * empty is none. All text lives in the arena. */
void env_services_read(const struct pairs *variables, const char *prefix, struct arena *arena,
                       struct env_services *ret);

#endif
