#!/usr/bin/python3
"""grpc_server.py [CERT KEY]: a gRPC server (the library of the gRPC project, messages coded by protobuf's) on a free port of
127.0.0.1, whose number is the one line that it prints. Its health service knows: "" and "good" (serving), "bad" (not serving),
"odd" (unknown), "slow" (answers after a second), "login" (wants authorization: token); every other name is not found.
On a second port, also printed, is a server without a health service."""
import sys
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

file = descriptor_pb2.FileDescriptorProto(name="health.proto", package="grpc.health.v1", syntax="proto3")
request = file.message_type.add(name="HealthCheckRequest")
request.field.add(name="service", number=1, type=9, label=1)
answer = file.message_type.add(name="HealthCheckResponse")
words = answer.enum_type.add(name="ServingStatus")
for number, word in enumerate(["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]):
    words.value.add(name=word, number=number)
answer.field.add(name="status", number=1, type=14, label=1, type_name=".grpc.health.v1.HealthCheckResponse.ServingStatus")
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
factory = message_factory.MessageFactory(pool)
Request = factory.GetPrototype(pool.FindMessageTypeByName("grpc.health.v1.HealthCheckRequest"))
Answer = factory.GetPrototype(pool.FindMessageTypeByName("grpc.health.v1.HealthCheckResponse"))

LONG = "x" * 200
STATUS = {"": 1, "good": 1, "bad": 2, "odd": 0, "slow": 1, "login": 1, LONG: 1}


def check(asked, context):
    if asked.service not in STATUS:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    if asked.service == "login" and ("authorization", "token") not in context.invocation_metadata():
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
    if asked.service == "slow":
        time.sleep(1)
    return Answer(status=STATUS[asked.service])


def serve(handlers):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers(handlers)
    if len(sys.argv) == 3:
        cert, key = (open(path, "rb").read() for path in sys.argv[1:])
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, cert)]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


method = grpc.unary_unary_rpc_method_handler(check, Request.FromString, Answer.SerializeToString)
health, port = serve([grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": method})])
bare, bare_port = serve([])
print(port, bare_port, flush=True)
sys.stdin.read()  # until whoever started this is gone
health.stop(0)
bare.stop(0)
