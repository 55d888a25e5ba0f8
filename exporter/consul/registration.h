/* registration.h: what applications send to a Consul agent to register themselves, turned into what POST
 * /services takes. Pure; fuzzed.
 *
 * Field names are taken as Consul takes them: in any case, with or without underscores. */
#ifndef QUAYWATCH_EXPORTER_CONSUL_REGISTRATION_H
#define QUAYWATCH_EXPORTER_CONSUL_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct json_object;

enum { CONSUL_OWN_ID = 64 };

/* The id under which we keep what Consul's client calls id: itself where it can stand in paths, else one made
 * of it. */
void consul_own_id(const char *id, char ret[static CONSUL_OWN_ID]);

/* A body, or a registration of ours, as JSON: strictly an object. NULL with a sentence in err. For
 * json_object_put. */
struct json_object *consul_body(const char *text, size_t len, struct error *err);

/* The text of a field of a body ("ServiceID", "Node", "Status"); NULL when it is not there, "" when it is no
 * text. */
const char *consul_body_text(struct json_object *body, const char *field);

/* The object in a field; NULL when it is none. */
struct json_object *consul_body_object(struct json_object *body, const char *field);

/* A service as /v1/agent/service/register takes it. address: where it is when it does not say ("" or NULL:
 * nowhere). Gives our registration, for json_object_put; NULL with a sentence in err. */
struct json_object *consul_service_read(struct json_object *body, const char *address, struct error *err);

/* Adds a check as /v1/agent/check/register takes it to a registration of ours, or puts it in the place of the
 * one with its id. -EINVAL with a sentence. */
int consul_check_add(struct json_object *registration, struct json_object *body, struct error *err);

/* What /v1/catalog/register sends about checks beside the service: their states. -EINVAL with a sentence. */
int consul_catalog_checks_add(struct json_object *registration, struct json_object *body, struct error *err);

/* Takes over what a registration before had of checks that this one does not name. */
void consul_checks_keep(struct json_object *registration, struct json_object *before);

/* Takes the check out; false when there is none such. */
bool consul_check_remove(struct json_object *registration, const char *id);

#endif
