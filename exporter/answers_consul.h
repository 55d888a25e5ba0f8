/* answers_consul.h: what the handlers of Consul's API (/v1/…) share: the words of its questions, blocking
 * questions, its headers, and its way to say no. */
#ifndef QUAYWATCH_EXPORTER_ANSWERS_CONSUL_H
#define QUAYWATCH_EXPORTER_ANSWERS_CONSUL_H

#include "exporter/consul/filter.h"
#include "exporter/request.h"

struct json_writer;

/* What a question asks for beside its path; lives as long as somebody waits for its answer. */
struct consul_ask {
    struct consul_catalog catalog;
    struct arena arena;
    struct strings tags;          /* only what has all of them */
    struct consul_filter *filter; /* NULL: everything */
    bool passing;                 /* only what passes */
    bool nothing;                 /* only what nothing here has */
    const struct consul_question *question;
};

/* Writes the answer: one JSON value. */
typedef void consul_write(const struct request *request, const struct consul_ask *ask, struct json_writer *w);

/* At which revision the answer changed last, at the latest. */
typedef uint64_t consul_revision(const struct request *request);

struct consul_question {
    enum consul_shape shape;
    bool filtered;             /* takes ?filter= */
    consul_revision *revision; /* NULL: this question never waits, and its answer has no index */
    consul_write *write;
};

/* The catalogue of the present moment. */
struct consul_catalog consul_catalog_of(const struct request *request);

/* Reads ?dc= ?passing= ?tag= ?filter= ?node-meta= ?index= ?wait=, and answers: at once, or when the revision
 * is another one. question is static. */
void consul_answer(const struct request *request, struct answer *answer,
                   const struct consul_question *question);

/* Whether an instance is among what is asked for; then also check, which may be NULL. */
bool consul_wants(const struct consul_ask *ask, const struct instance *instance,
                  const struct consul_check *check);

/* The revision of everything; and of the service that the path names, there or not. */
uint64_t consul_revision_of_all(const struct request *request);
uint64_t consul_revision_of_service(const struct request *request);

/* An error as Consul gives it: one sentence as plain text. */
void consul_refuse(struct answer *answer, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Turns a problem (RFC 9457) that was answered into such an error; what answers 401 is a 403 there. */
void consul_refuse_plainly(struct answer *answer);

/* A finished value: out is taken over. */
void consul_answer_json(struct answer *answer, struct buf *out);

/* Adds the headers of all answers of the catalogue: revision is when this one changed last; NULL: nobody can
 * wait for it. */
void consul_put_headers(const struct request *request, struct answer *answer, const uint64_t *revision);

/* Whether a route is one of Consul's. */
bool consul_route(const char *pattern);

/* ---- the routes ---- */

/* answers_consul_catalog.c: who is there. */
void answer_consul_services(const struct request *request, struct answer *answer);
void answer_consul_service(const struct request *request, struct answer *answer);
void answer_consul_nodes(const struct request *request, struct answer *answer);
void answer_consul_node(const struct request *request, struct answer *answer);
void answer_consul_datacenters(const struct request *request, struct answer *answer);
void answer_consul_leader(const struct request *request, struct answer *answer);
void answer_consul_peers(const struct request *request, struct answer *answer);

/* answers_consul_health.c: how it is. */
void answer_consul_health_service(const struct request *request, struct answer *answer);
void answer_consul_health_checks(const struct request *request, struct answer *answer);
void answer_consul_health_state(const struct request *request, struct answer *answer);
void answer_consul_health_node(const struct request *request, struct answer *answer);

/* answers_consul_agent.c: the agent that we are. */
void answer_consul_self(const struct request *request, struct answer *answer);
void answer_consul_members(const struct request *request, struct answer *answer);
void answer_consul_agent_services(const struct request *request, struct answer *answer);
void answer_consul_agent_service(const struct request *request, struct answer *answer);
void answer_consul_agent_checks(const struct request *request, struct answer *answer);
void answer_consul_agent_health_id(const struct request *request, struct answer *answer);
void answer_consul_agent_health_name(const struct request *request, struct answer *answer);

/* answers_consul_register.c: those that register themselves. */
void answer_consul_register(const struct request *request, struct answer *answer);
void answer_consul_deregister(const struct request *request, struct answer *answer);
void answer_consul_maintenance(const struct request *request, struct answer *answer);
void answer_consul_check_register(const struct request *request, struct answer *answer);
void answer_consul_check_deregister(const struct request *request, struct answer *answer);
void answer_consul_pass(const struct request *request, struct answer *answer);
void answer_consul_warn(const struct request *request, struct answer *answer);
void answer_consul_fail(const struct request *request, struct answer *answer);
void answer_consul_update(const struct request *request, struct answer *answer);
void answer_consul_catalog_register(const struct request *request, struct answer *answer);
void answer_consul_catalog_deregister(const struct request *request, struct answer *answer);

/* answers_consul_none.c: what is not there. */
void answer_consul_key(const struct request *request, struct answer *answer);
void answer_consul_no_sessions(const struct request *request, struct answer *answer);
void answer_consul_nothing(const struct request *request, struct answer *answer);

#endif
