/* grpc_health.h: the two messages of the gRPC health protocol (grpc.health.v1), as bytes. Pure; fuzzed. */
#ifndef QUAYWATCH_HEALTH_GRPC_HEALTH_H
#define QUAYWATCH_HEALTH_GRPC_HEALTH_H

#include <stddef.h>

enum { GRPC_SERVICE_MAX = 256, GRPC_REQUEST_MAX = 5 + 3 + GRPC_SERVICE_MAX };

/* The words of HealthCheckResponse.ServingStatus; a later value of the protocol counts as unknown. */
enum grpc_serving { GRPC_UNKNOWN, GRPC_SERVING, GRPC_NOT_SERVING, GRPC_SERVICE_UNKNOWN };

/* The request for the health of service (NULL: of the server as a whole; cut to GRPC_SERVICE_MAX) as one
 * framed message; its length. */
size_t grpc_health_request(const char *service, char ret[static GRPC_REQUEST_MAX]);

/* Reads the body of an answer: exactly one uncompressed framed message. 0, or -EBADMSG with *ret untouched.
 */
int grpc_health_read(const char *body, size_t len, enum grpc_serving *ret);

#endif
