/* SPDX-License-Identifier: MIT */
/* The decoders against the shapes that Docker 20.10, 26, 28 and Podman really send, and against their
 * absence. */
#include "docker/decode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"

#define ID64 "41a026dc935c00112233445566778899aabbccddeeff00112233445566778899"

/* JSON is written with single quotes here, to be readable. */
static char *json(const char *text)
{
    char *copy = mem_copy(text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

static struct container *inspect(const char *text)
{
    char *copy = json(text);
    struct container *container = NULL;
    struct error err = {0};
    if (decode_inspect(copy, strlen(copy), &container, &err) != 0)
        fail_msg("%s: %s", err.text, text);
    free(copy);
    return container;
}

/* Aliases as "a,b,c". */
static const char *aliases(const struct container_network *network)
{
    static char text[256];
    text[0] = '\0';
    for (size_t i = 0; i < network->aliases.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? "," : "",
                 network->aliases.item[i]);
    return text;
}

static const char docker_20[] =
    "{'Id':'" ID64 "','Created':'2026-11-21T10:30:00.5Z','Name':'/rag','RestartCount':2,'Image':'sha256:abc',"
    "'State':{'Status':'running','Running':true,'Paused':false,'Restarting':false,'OOMKilled':false,'Dead':"
    "false,"
    "'Pid':4242,'ExitCode':0,'Error':'','StartedAt':'2026-11-21T10:30:01.021904411Z',"
    "'FinishedAt':'0001-01-01T00:00:00Z',"
    "'Health':{'Status':'healthy','FailingStreak':0,'Log':[{'ExitCode':0,'Output':'secret'}]}},"
    "'HostConfig':{'NetworkMode':'bot_default','RestartPolicy':{'Name':'unless-stopped','MaximumRetryCount':"
    "0}},"
    "'Config':{'Image':'rag:1.2','Env':['TOKEN=secret'],'StopSignal':'SIGINT','StopTimeout':25,"
    "'Healthcheck':{'Test':['CMD-SHELL','curl -f http://x'],'Interval':5000000000,'Timeout':1500000000,"
    "'StartPeriod':1,'Retries':4},"
    "'ExposedPorts':{'9000/udp':{},'5000/tcp':{},'80':{},'80/tcp':{},'99999/tcp':{},'x/tcp':{}},"
    "'Labels':{'service.name':'rag','b':'2','a':'1'}},"
    "'NetworkSettings':{'Ports':{'8080/"
    "tcp':[{'HostIp':'0.0.0.0','HostPort':'8081'},{'HostIp':'::','HostPort':'8081'}],"
    "'7070/tcp':null},"
    "'Networks':{'other':{'Aliases':null,'IPAddress':'172.21.0.9','IPPrefixLen':24,'Gateway':'172.21.0.1',"
    "'GlobalIPv6Address':'fd00::9','GlobalIPv6PrefixLen':64},"
    "'bot_default':{'Aliases':['search','rag-alias','41a026dc935c'],'IPAddress':'172.20.0.2','IPPrefixLen':"
    "16,"
    "'Gateway':'172.20.0.1','GlobalIPv6Address':''}}}}";

static void inspect_of_docker_20(void **state)
{
    (void)state;
    struct container *c = inspect(docker_20);
    assert_string_equal(c->id, ID64);
    assert_string_equal(c->name, "rag");
    assert_string_equal(c->image, "rag:1.2");
    assert_string_equal(c->image_id, "sha256:abc");
    assert_int_equal(c->created_at_wall_ms, INT64_C(1795257000500));
    assert_int_equal(c->started_at_wall_ms, INT64_C(1795257001021));
    assert_int_equal(c->finished_at_wall_ms, 0);
    assert_int_equal(c->state, CONTAINER_RUNNING);
    assert_null(c->error);
    assert_true(c->has_health && c->has_healthcheck);
    assert_int_equal(c->health, STATUS_HEALTHY);
    assert_int_equal(c->health_interval_ms, 5000);
    assert_int_equal(c->health_timeout_ms, 1500);
    assert_int_equal(c->health_start_period_ms, 1);
    assert_int_equal(c->health_retries, 4);
    assert_string_equal(c->restart_policy, "unless-stopped");
    assert_int_equal(c->restart_count, 2);
    assert_int_equal(c->stop_timeout_ms, 25000);
    assert_string_equal(c->stop_signal, "SIGINT");
    assert_string_equal(c->network_mode, "bot_default");
    assert_int_equal(c->labels.count, 3);
    assert_string_equal(c->labels.item[0].key, "a");
    assert_string_equal(c->labels.item[2].value, "rag");
    assert_false(c->labels_cut);

    assert_int_equal(c->network_count, 2);
    assert_string_equal(c->networks[0].name, "bot_default");
    assert_string_equal(c->networks[0].address, "172.20.0.2");
    assert_string_equal(c->networks[0].address6, "");
    assert_string_equal(c->networks[0].gateway, "172.20.0.1");
    assert_int_equal(c->networks[0].prefix, 16);
    assert_string_equal(aliases(&c->networks[0]), "rag-alias,search");
    assert_string_equal(c->networks[1].address6, "fd00::9");
    assert_int_equal(c->networks[1].prefix6, 64);
    assert_string_equal(aliases(&c->networks[1]), "");

    assert_int_equal(c->port_count, 3);
    assert_string_equal(c->ports[0].container, "7070/tcp");
    assert_null(c->ports[0].host);
    assert_string_equal(c->ports[1].host, "0.0.0.0");
    assert_string_equal(c->ports[2].host, "::");
    assert_int_equal(c->ports[2].host_port, 8081);
    assert_int_equal(c->exposed_tcp_count, 2);
    assert_int_equal(c->exposed_tcp[0], 80);
    assert_int_equal(c->exposed_tcp[1], 5000);
    container_free(c);
}

static void names_that_resolve_are_united(void **state)
{
    (void)state;
    static const struct {
        const char *network, *aliases;
    } row[] = {
        /* Docker 26 below 1.45: Aliases with the short id, and DNSNames. */
        {"{'Aliases':['rag-alias','search','41a026dc935c'],'DNSNames':['rag','rag-alias','search','"
         "41a026dc935c']}",
         "rag,rag-alias,search"},
        /* Docker 28 at 1.51: Aliases as given. */
        {"{'Aliases':['rag-alias'],'DNSNames':['rag','rag-alias','41a026dc935c']}", "rag,rag-alias"},
        {"{'Aliases':null,'DNSNames':['rag','41a026dc935c']}", "rag"},
        {"{'Aliases':null,'DNSNames':null}", ""},
        {"{'Aliases':['','" ID64 "',7,null,{},'41a026']}", "41a026"},
        {"{'Aliases':'text'}", ""},
        {"null", ""},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *text = mem_format("{'Id':'" ID64 "','NetworkSettings':{'Networks':{'n':%s}}}", row[i].network);
        struct container *c = inspect(text);
        assert_int_equal(c->network_count, 1);
        assert_string_equal(aliases(&c->networks[0]), row[i].aliases);
        container_free(c);
        free(text);
    }
}

static void states_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        enum container_state wanted;
        bool has_health;
        enum status health;
    } row[] = {
        {"{'Status':'restarting','Running':true,'Restarting':true}", CONTAINER_RESTARTING, false,
         STATUS_UNKNOWN},
        {"{'Running':true,'Restarting':true}", CONTAINER_RESTARTING, false, STATUS_UNKNOWN},
        {"{'Running':true,'Paused':true}", CONTAINER_PAUSED, false, STATUS_UNKNOWN},
        {"{'Running':true}", CONTAINER_RUNNING, false, STATUS_UNKNOWN},
        {"{'Running':false,'Dead':true}", CONTAINER_DEAD, false, STATUS_UNKNOWN},
        {"{'Status':'created'}", CONTAINER_CREATED, false, STATUS_UNKNOWN},
        {"{'Status':'exited','Health':{'Status':'unhealthy'}}", CONTAINER_EXITED, true, STATUS_UNHEALTHY},
        {"{'Status':'removing','Health':{'Status':'starting'}}", CONTAINER_REMOVING, true, STATUS_STARTING},
        {"{'Status':'dead','Health':{'Status':'none'}}", CONTAINER_DEAD, false, STATUS_UNKNOWN},
        /* Podman */
        {"{'Status':'configured'}", CONTAINER_CREATED, false, STATUS_UNKNOWN},
        {"{'Status':'stopped','Health':{'Status':'','FailingStreak':0,'Log':null}}", CONTAINER_EXITED, false,
         STATUS_UNKNOWN},
        {"{'Status':'brand-new'}", CONTAINER_STATE_UNKNOWN, false, STATUS_UNKNOWN},
        {"null", CONTAINER_STATE_UNKNOWN, false, STATUS_UNKNOWN},
        {"7", CONTAINER_STATE_UNKNOWN, false, STATUS_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *text = mem_format("{'Id':'x','State':%s}", row[i].state);
        struct container *c = inspect(text);
        assert_int_equal(c->state, row[i].wanted);
        assert_int_equal(c->has_health, row[i].has_health);
        assert_int_equal(c->health, row[i].health);
        container_free(c);
        free(text);
    }
    struct container *c = inspect(
        "{'Id':'x','State':{'Status':'created','ExitCode':127,'Error':'OCI runtime: no'}}");
    assert_int_equal(c->exit_code, 127);
    assert_string_equal(c->error, "OCI runtime: no");
    container_free(c);
}

static void absence_is_no_fault(void **state)
{
    (void)state;
    static const char *const row[] = {
        "{'Id':'" ID64 "'}",
        "{'Id':'" ID64
        "','Name':null,'Image':null,'Created':null,'State':null,'Config':null,'HostConfig':null,"
        "'NetworkSettings':null,'RestartCount':null}",
        "{'Id':'" ID64 "','Name':'/','Created':'never','State':{'Status':null,'Health':null,'ExitCode':'x'},"
        "'Config':{'Labels':null,'Healthcheck':null,'ExposedPorts':null,'StopTimeout':null,'StopSignal':null}"
        ","
        "'HostConfig':{'RestartPolicy':null,'NetworkMode':null},'NetworkSettings':{'Ports':null,'Networks':"
        "null}}",
        "{'Id':'" ID64 "','Name':5,'State':[],'Config':[],'HostConfig':'','NetworkSettings':true}",
        "{'Id':'" ID64 "','Config':{'Labels':[],'Healthcheck':{'Test':null},'ExposedPorts':[]},"
        "'HostConfig':{'RestartPolicy':{'Name':''}},'NetworkSettings':{'Ports':[],'Networks':[]}}",
        "{'Id':'" ID64 "','Config':{'Labels':{'a':7,'b':null},'Healthcheck':{'Test':['NONE'],'Interval':9}}}",
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct container *c = inspect(row[i]);
        assert_string_equal(c->name, "41a026dc935c");
        assert_string_equal(c->image, "");
        assert_string_equal(c->restart_policy, "no");
        assert_string_equal(c->network_mode, "");
        assert_int_equal(c->stop_timeout_ms, -1);
        assert_int_equal(c->health, STATUS_UNKNOWN);
        assert_int_equal(c->health_interval_ms, 0);
        assert_false(c->has_health || c->has_healthcheck || c->labels_cut);
        assert_null(c->stop_signal);
        assert_null(c->error);
        assert_int_equal(c->labels.count + c->network_count + c->port_count + c->exposed_tcp_count, 0);
        container_free(c);
    }
    static const char *const broken[] = {"",         "null",      "[]",        "{}",
                                         "{'Id':7}", "{'Id':''}", "{'Id':'x'", "{'Id':'x'} y"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char *text = json(broken[i]);
        struct container *untouched = (struct container *)state;
        struct error err = {0};
        assert_int_equal(decode_inspect(text, strlen(text), &untouched, &err), -EBADMSG);
        assert_ptr_equal(untouched, state);
        assert_true(err.text[0] != '\0');
        free(text);
    }
    container_free(NULL);
}

static void odd_values_stay_in_bounds(void **state)
{
    (void)state;
    struct container *c = inspect(
        "{'Id':'x','RestartCount':99999999999,'State':{'ExitCode':-99999999999},'Config':{'StopTimeout':-1},"
        "'NetworkSettings':{'Ports':{'80/"
        "tcp':[null,{},{'HostIp':'','HostPort':'70000'},{'HostIp':'127.0.0.1','HostPort':80}]},"
        "'Networks':{'n':{'IPAddress':'10.0.0.1/16','Gateway':'<script>','GlobalIPv6Address':'10.0.0.1'}}}}");
    assert_int_equal(c->restart_count, INT32_MAX);
    assert_int_equal(c->exit_code, INT32_MIN);
    assert_int_equal(c->stop_timeout_ms, -1);
    assert_int_equal(c->port_count, 4);
    assert_int_equal(c->ports[3].host_port, 80);
    assert_string_equal(c->networks[0].address, "");
    assert_string_equal(c->networks[0].gateway, "");
    assert_string_equal(c->networks[0].address6, "");
    container_free(c);
}

static void labels_are_cut_at_their_limit(void **state)
{
    (void)state;
    char *big = mem_new(LIMIT_LABEL_BYTES + 1);
    memset(big, 'x', LIMIT_LABEL_BYTES);
    char *text = mem_format("{'Id':'x','Config':{'Labels':{'big':'%s','service.name':'rag','a':'1'}}}", big);
    struct container *c = inspect(text);
    assert_true(c->labels_cut);
    assert_int_equal(c->labels.count, 2); /* what still fits is kept */
    assert_string_equal(pairs_get(&c->labels, "service.name"), "rag");
    pairs_set(&c->arena, &c->labels, "z", "more"); /* the list may grow on */
    assert_int_equal(c->labels.count, 3);
    container_free(c);
    free(text);
    big[LIMIT_LABEL_BYTES - 3] = '\0';
    text = mem_format("{'Id':'x','Config':{'Labels':{'big':'%s'}}}", big);
    c = inspect(text);
    assert_false(c->labels_cut);
    container_free(c);
    free(text);
    free(big);
}

static int event(const char *text, struct arena *arena, struct engine_event *ret)
{
    char *copy = json(text);
    int rc = decode_event(copy, strlen(copy), arena, ret, NULL);
    free(copy);
    return rc;
}

#define CONTAINER_EVENT(action, attributes)                                                                  \
    "{'status':'x','id':'" ID64 "','Type':'container','Action':'" action "','Actor':{'ID':'" ID64            \
    "','Attributes':{'image':'bb','name':'web'" attributes                                                   \
    "}},'scope':'local','time':17,'timeNano':17000000005}"

static void events_are_translated(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum engine_action action;
        const char *network, *old_name;
        int signal, exit_code;
        enum status health;
    } row[] = {
        {CONTAINER_EVENT("start", ",'service.name':'web'"), EVENT_START, NULL, NULL, 0, -1, STATUS_UNKNOWN},
        {CONTAINER_EVENT("die", ",'exitCode':'137','execDuration':'9'"), EVENT_DIE, NULL, NULL, 0, 137,
         STATUS_UNKNOWN},
        {CONTAINER_EVENT("kill", ",'signal':'15'"), EVENT_KILL, NULL, NULL, 15, -1, STATUS_UNKNOWN},
        {CONTAINER_EVENT("kill", ",'signal':9"), EVENT_KILL, NULL, NULL, 9, -1, STATUS_UNKNOWN},
        {CONTAINER_EVENT("rename", ",'oldName':'/e1'"), EVENT_RENAME, NULL, "e1", 0, -1, STATUS_UNKNOWN},
        {CONTAINER_EVENT("health_status: healthy", ""), EVENT_HEALTH, NULL, NULL, 0, -1, STATUS_HEALTHY},
        {CONTAINER_EVENT("health_status: unhealthy", ""), EVENT_HEALTH, NULL, NULL, 0, -1, STATUS_UNHEALTHY},
        {CONTAINER_EVENT("health_status", ",'HealthStatus':'unhealthy'"), EVENT_HEALTH, NULL, NULL, 0, -1,
         STATUS_UNHEALTHY},
        {CONTAINER_EVENT("died", ",'containerExitCode':'3'"), EVENT_DIE, NULL, NULL, 0, 3, STATUS_UNKNOWN},
        {CONTAINER_EVENT("remove", ""), EVENT_DESTROY, NULL, NULL, 0, -1, STATUS_UNKNOWN},
        {CONTAINER_EVENT("exec_create: sh", ""), EVENT_OTHER, NULL, NULL, 0, -1, STATUS_UNKNOWN},
        {CONTAINER_EVENT("oom", ",'container':'a label'"), EVENT_OOM, NULL, NULL, 0, -1, STATUS_UNKNOWN},
        {CONTAINER_EVENT("die", ",'exitCode':'many'"), EVENT_DIE, NULL, NULL, 0, -1, STATUS_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct arena arena = {0};
        struct engine_event e;
        assert_int_equal(event(row[i].text, &arena, &e), 0);
        assert_int_equal(e.action, row[i].action);
        assert_string_equal(e.id, ID64);
        assert_string_equal(e.name, "web");
        assert_null(e.network);
        assert_true(row[i].old_name ? strcmp(row[i].old_name, e.old_name) == 0 : e.old_name == NULL);
        assert_int_equal(e.signal, row[i].signal);
        assert_int_equal(e.exit_code, row[i].exit_code);
        assert_int_equal(e.health, row[i].health);
        assert_int_equal(e.time_ns, INT64_C(17000000005));
        assert_string_equal(pairs_get(&e.labels, "image"), "bb");
        arena_free(&arena);
    }
}

static void other_events_find_their_container(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct engine_event e;
    assert_int_equal(
        event("{'Type':'network','Action':'connect','Actor':{'ID':'netid','Attributes':{'container':'" ID64
              "','name':'evnet','type':'bridge'}},'time':5}",
              &arena, &e),
        0);
    assert_int_equal(e.action, EVENT_CONNECT);
    assert_string_equal(e.id, ID64);
    assert_string_equal(e.name, "");
    assert_string_equal(e.network, "evnet");
    assert_int_equal(e.time_ns, INT64_C(5000000000));
    /* Podman 4.3: the actor is the container, and the network is not named. */
    assert_int_equal(event("{'Type':'network','Action':'disconnect','Actor':{'ID':'" ID64
                           "','Attributes':{'name':'web','containerExitCode':'0'}}}",
                           &arena, &e),
                     0);
    assert_string_equal(e.id, ID64);
    assert_string_equal(e.name, "web");
    assert_null(e.network);
    assert_int_equal(
        event("{'Type':'container','Action':'health_status','HealthStatus':'healthy','Actor':{'ID':'x'}}",
              &arena, &e),
        0);
    assert_int_equal(e.health, STATUS_HEALTHY);
    assert_int_equal(e.labels.count, 0);
    assert_int_equal(event("{'status':'start','id':'y'}", &arena, &e), 0);
    assert_string_equal(e.id, "y");

    e.id = "untouched";
    static const char *const none[] = {
        "{'Type':'network','Action':'create','Actor':{'ID':'netid'}}",
        "{'Type':'image','Action':'pull','Actor':{'ID':'bb:test'}}",
        "{'Type':'container','Action':'start','Actor':null}",
        "{'Type':'container','Actor':{'ID':'x'}}",
        "{}",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(event(none[i], &arena, &e), -ENOENT);
    static const char *const broken[] = {"", "7", "[]", "{'Type'", "{'Type':'container'}}", "page not found"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(event(broken[i], &arena, &e), -EBADMSG);
    assert_string_equal(e.id, "untouched");
    arena_free(&arena);
}

/* A list's elements as "id name state health labels;". */
struct listed {
    char text[1024];
    uint64_t hash[8];
    size_t count;
};

static void on_element(void *user, const struct container_summary *s)
{
    struct listed *listed = user;
    size_t len = strlen(listed->text);
    snprintf(listed->text + len, sizeof listed->text - len, "%s %s %s %s %zu;", s->id, s->name,
             container_state_name[s->state], status_name[s->health], s->labels.count);
    if (listed->count < 8)
        listed->hash[listed->count++] = s->hash;
}

static struct listed list(const char *text, size_t step, int *rc, bool *complete)
{
    struct listed listed = {0};
    struct list_decoder *decoder = list_decoder_new(on_element, &listed);
    char *copy = json(text);
    size_t len = strlen(copy);
    *rc = 0;
    for (size_t at = 0; at < len && *rc == 0; at += step)
        *rc = list_decoder_feed(decoder, copy + at, len - at < step ? len - at : step, NULL);
    *complete = list_decoder_complete(decoder);
    list_decoder_free(decoder);
    free(copy);
    return listed;
}

static const char list_text[] =
    " [ {'Id':'a','Names':['/other/alias','/web-1'],'Image':'bb','State':'running','Status':'Up 3 minutes "
    "(healthy)',"
    "'Created':1795224207,'Labels':{'x':'[{\\'}','y':'\\\\'},'NetworkSettings':{'Networks':{'n':{'IPAddress':"
    "'10.0.0.2'}}},"
    "'Ports':[{'IP':'0.0.0.0','PrivatePort':80,'PublicPort':8080,'Type':'tcp'},{'PrivatePort':81,'Type':'tcp'"
    "}]},\n"
    "{'Id':'b','Names':['podman-name'],'State':'exited','Status':'Exited (3) 11 seconds ago','Labels':null},"
    "{'Id':'c','Names':null,'State':'running','Status':'Up 1 second (health: starting)'},"
    "{'Id':'d','State':'running','Status':'Up','Health':{'Status':'unhealthy','FailingStreak':2}},"
    "{'nothing':1},{'Id':'e','State':7,'Names':7,'Status':7,'Ports':7,'NetworkSettings':7}]\n ";

static void lists_come_element_by_element(void **state)
{
    (void)state;
    static const char wanted[] =
        "a web-1 running healthy 2;b podman-name exited unknown 0;c c running starting 0;"
        "d d running unhealthy 0;e e unknown unknown 0;";
    int rc;
    bool complete;
    struct listed whole = list(list_text, sizeof list_text, &rc, &complete);
    assert_int_equal(rc, 0);
    assert_true(complete);
    assert_string_equal(whole.text, wanted);
    for (size_t step = 1; step < 40; step++) {
        struct listed pieces = list(list_text, step, &rc, &complete);
        assert_int_equal(rc, 0);
        assert_true(complete);
        assert_memory_equal(&pieces, &whole, sizeof whole);
    }
    list("[]", 1, &rc, &complete);
    assert_true(rc == 0 && complete);
    assert_string_equal(list("[{'Id':'a'},{'Id'", 3, &rc, &complete).text, "a a unknown unknown 0;");
    assert_true(rc == 0 && !complete);
    list("[{'Id':'a'}", 3, &rc, &complete);
    assert_true(rc == 0 && !complete);
    list("", 1, &rc, &complete);
    assert_true(rc == 0 && !complete);
}

static void what_is_no_list_is_refused_for_good(void **state)
{
    (void)state;
    static const char *const row[] = {"{'message':'no'}", "[1]",        "[{}{}]", "[{},]",
                                      "[{'a':}]",         "[{'a':1]}",  "[[]]",   "[],",
                                      "page not found",   "[{'a':1} x", "[null]", "[{'a':1,'b':tru}]"};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (size_t step = 1; step < 20; step += 6) {
            int rc;
            bool complete;
            list(row[i], step, &rc, &complete);
            assert_int_equal(rc, -EBADMSG);
            assert_false(complete);
        }
    struct listed listed = {0};
    struct list_decoder *decoder = list_decoder_new(on_element, &listed);
    assert_int_equal(list_decoder_feed(decoder, "[x", 2, NULL), -EBADMSG);
    assert_int_equal(list_decoder_feed(decoder, "[]", 2, NULL), -EBADMSG);
    assert_int_equal(list_decoder_feed(decoder, "", 0, NULL), -EBADMSG);
    list_decoder_free(decoder);
    list_decoder_free(NULL);

    char *blanks = mem_new(LIMIT_LIST_ELEMENT);
    memset(blanks, ' ', LIMIT_LIST_ELEMENT);
    decoder = list_decoder_new(on_element, &listed);
    assert_int_equal(list_decoder_feed(decoder, "[{", 2, NULL), 0);
    assert_int_equal(list_decoder_feed(decoder, blanks, LIMIT_LIST_ELEMENT - 1, NULL), 0);
    struct error err = {0};
    assert_int_equal(list_decoder_feed(decoder, blanks, 1, &err), -EBADMSG);
    assert_true(err.text[0] != '\0');
    list_decoder_free(decoder);
    free(blanks);
}

static uint64_t hash_of(const char *element)
{
    char *text = mem_format("[%s]", element);
    int rc;
    bool complete;
    struct listed listed = list(text, sizeof list_text, &rc, &complete);
    assert_int_equal(listed.count, 1);
    free(text);
    return listed.hash[0];
}

static void the_hash_moves_when_inspect_would(void **state)
{
    (void)state;
    static const char base[] =
        "{'Id':'a','Names':['/w'],'State':'running','Status':'Up 3 minutes (healthy)',"
        "'Labels':{'x':'1','y':'2'},'NetworkSettings':{'Networks':{'n':{'IPAddress':'10.0.0.2'}}},"
        "'Ports':[{'IP':'::','PrivatePort':80,'PublicPort':81},{'PrivatePort':90}]}";
    static const struct {
        const char *from, *to;
        bool same;
    } row[] = {
        {"Up 3 minutes", "Up 4 hours", true},
        {"'x':'1','y':'2'", "'y':'2','x':'1'", true},
        {"[{'IP':'::','PrivatePort':80,'PublicPort':81},{'PrivatePort':90}]",
         "[{'PrivatePort':90},{'IP':'::','PrivatePort':80,'PublicPort':81}]", true},
        {"(healthy)", "(unhealthy)", false},
        {"'x':'1'", "'x':'3'", false},
        {"'x':'1','y':'2'", "'x':'2','y':'1'", false},
        {"'x':'1'", "'z':'1'", false},
        {"10.0.0.2", "10.0.0.3", false},
        {"'n':{", "'m':{", false},
        {"'/w'", "'/v'", false},
        {"running", "paused", false},
        {"'PublicPort':81", "'PublicPort':82", false},
        {"Up 3 minutes (healthy)", "Exited (3) 3 minutes ago", false},
    };
    uint64_t before = hash_of(base);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *at = strstr(base, row[i].from);
        assert_non_null(at);
        char *changed = mem_format("%.*s%s%s", (int)(at - base), base, row[i].to, at + strlen(row[i].from));
        if ((hash_of(changed) == before) != row[i].same)
            fail_msg("%s → %s", row[i].from, row[i].to);
        free(changed);
    }
    assert_true(hash_of("{'Id':'a','State':'exited','Status':'Exited (3) 1 second ago'}") !=
                hash_of("{'Id':'a','State':'exited','Status':'Exited (0) 1 second ago'}"));
}

static void refusals_become_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
    } row[] = {
        {"{'message':'No such container: nope'}\n", "No such container: nope"},
        {"{'cause':'no such container','message':'no container with name','response':404}",
         "no container with name"},
        {"client version 1.11 is too old.\nPlease\tupgrade\n",
         "client version 1.11 is too old. Please upgrade"},
        {"<html><body><h1>403 Forbidden</h1>\nRefused by rules.\n</body></html>\n",
         "403 Forbidden  Refused by rules."},
        {"<>>>>>>", ">>>>>"},
        {"{'message':7}", "{\"message\":7}"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *body = json(row[i].body), line[128];
        decode_message(body, strlen(body), line, sizeof line);
        assert_string_equal(line, row[i].message);
        free(body);
    }
    char tiny[8];
    decode_message("a long text without any sense", 29, tiny, sizeof tiny);
    assert_true(strlen(tiny) < sizeof tiny);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inspect_of_docker_20),
        cmocka_unit_test(names_that_resolve_are_united),
        cmocka_unit_test(states_are_told_apart),
        cmocka_unit_test(absence_is_no_fault),
        cmocka_unit_test(odd_values_stay_in_bounds),
        cmocka_unit_test(labels_are_cut_at_their_limit),
        cmocka_unit_test(events_are_translated),
        cmocka_unit_test(other_events_find_their_container),
        cmocka_unit_test(lists_come_element_by_element),
        cmocka_unit_test(what_is_no_list_is_refused_for_good),
        cmocka_unit_test(the_hash_moves_when_inspect_would),
        cmocka_unit_test(refusals_become_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
