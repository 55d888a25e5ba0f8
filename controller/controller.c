/* SPDX-License-Identifier: MIT */
/* controller.c: the controller's life: open, the turn of the loop, stop, close.
 *
 * A turn: sockets and timers call back and only record; then settle() runs, before the loop sleeps and after
 * it wakes: the only place where effects start. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/chronicle.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"
#include "controller/alerts.h"
#include "controller/core/text.h"
#include "controller/deploying.h"
#include "controller/exits.h"
#include "controller/external.h"
#include "controller/heal.h"
#include "controller/usage.h"
#include "exporter/alerts/channels.h"
#include "exporter/render/render.h"

enum { STATE_SAVE_MS = 500, STATE_SAVE_SHARE = 50, ONCE_ENGINE_MS = 5000, ONCE_CHECK_MS = 15000 };

/* ---- the turn ---- */

static void on_wake_timer(uv_timer_t *timer)
{
    struct controller *controller = timer->data;
    controller->dirty = true;
}

static void arm_wake(struct controller *controller)
{
    int64_t at = controller->dirty ? controller->now.mono_ms : parts_due(controller);
    if (!at)
        return;
    int64_t wait = at - controller->now.mono_ms;
    uv_timer_start(&controller->wake_timer, on_wake_timer, wait > 0 ? (uint64_t)wait : 1, 0);
}

static void on_state_timer(uv_timer_t *timer)
{
    struct controller *controller = timer->data;
    uint64_t began_ns = uv_hrtime();
    state_save(controller);
    /* The memory of thousands takes its time: it is written the less often the longer that is. */
    int64_t wait_ms = (int64_t)((uv_hrtime() - began_ns) / 1000000) * STATE_SAVE_SHARE;
    controller->state_wait_ms = wait_ms > STATE_SAVE_MS ? wait_ms : STATE_SAVE_MS;
}

static bool once_done(const struct controller *controller)
{
    if (!watch_synced(controller->watch) || survey_due(controller) || externals_wait(controller->externals))
        return false;
    if (controller->task == TASK_LINT)
        return true;
    for (const struct record *record = controller->records; record; record = record->hh.next)
        if (record->plan.probe != CHECK_NONE && !record->has_outcome)
            return false;
    return true;
}

static void settle(struct controller *controller)
{
    if (!parts_turn(controller))
        return;
    controller->stats.resync_differences = watch_differences(controller->watch);
    controller->stats.engine_reconnects = engine_reconnects(watch_engine(controller->watch));
    arm_wake(controller);
    if (controller->state_dirty && !uv_is_active((uv_handle_t *)&controller->state_timer))
        uv_timer_start(&controller->state_timer, on_state_timer, (uint64_t)controller->state_wait_ms, 0);
    if (controller->task != TASK_RUN && once_done(controller))
        uv_stop(&controller->loop);
    if (controller->stopping && !controller->restarts && reach_leave(controller->reach))
        uv_stop(&controller->loop);
}

static void on_prepare(uv_prepare_t *handle)
{
    settle(handle->data);
}

static void on_check(uv_check_t *handle)
{
    settle(handle->data);
}

/* ---- stopping ---- */

static void on_stop_timer(uv_timer_t *timer)
{
    struct controller *controller = timer->data;
    uv_stop(&controller->loop);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct controller *controller = handle->data;
    (void)number;
    if (controller->stopping) {
        uv_stop(&controller->loop); /* asked twice: at once */
        return;
    }
    controller->stopping = true;
    controller->dirty = true;
    heal_stop(controller);
    server_stop(controller->server);
    log_line(LOG_LEVEL_INFO, NULL, NULL, "Stopping%s",
             controller->restarts ? "; waiting for a restart under way" : "");
    if (controller->task == TASK_RUN)
        uv_timer_start(&controller->stop_timer, on_stop_timer,
                       (uint64_t)controller->options->graceful_shutdown_ms, 0);
    else
        uv_stop(&controller->loop);
}

static struct overrides *overrides_load(const char *path, struct error *err)
{
    char *text;
    size_t length;
    if (file_read(path, LIMIT_CONFIG_FILE, &text, &length, err) != 0)
        return NULL;
    struct overrides *overrides = overrides_parse(text, err);
    free(text);
    if (!overrides)
        error_wrap(err, "OVERRIDES %s", path);
    return overrides;
}

static const char *environment(const char *key)
{
    return getenv(key);
}

/* SIGHUP: settings and overrides are read anew and all containers are looked at again. What was opened at the
 * start (engine, listening socket, files, tokens) stays as it is until a restart; certificate and key are
 * read anew. */
static void on_reload(uv_signal_t *handle, int number)
{
    struct controller *controller = handle->data;
    (void)number;
    struct error err = {0};
    struct options *options = mem_new(sizeof *options);
    struct overrides *overrides = NULL;
    if (options_reread(controller->options, options, environment, &err) != 0 ||
        (options->overrides[0] && !(overrides = overrides_load(options->overrides, &err)))) {
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; the old settings stay", err.text);
        options_free(options);
        free(options);
        return;
    }
    overrides_free(controller->overrides);
    controller->overrides = overrides;
    if (controller->reread) {
        options_free(controller->reread);
        free(controller->reread);
    }
    controller->options = controller->reread = options;
    controller->context.env_prefix = options->env_prefix;
    controller_setup_log(options);
    deploying_configure(controller);
    alert_channels_configure(controller);
    externals_configure(controller->externals);
    if (alerts_configure(controller, options, &err) != 0)
        log_line(LOG_LEVEL_WARN, NULL, NULL, "%s; the old alert rules stay", err.text);
    if (controller->server &&
        server_reload_tls(controller->server, options->tls_cert, options->tls_key, &err) != 0)
        log_line(LOG_LEVEL_WARN, NULL, NULL, "%s; the old certificate stays", err.text);
    for (int as_root = 0; as_root <= 1 && controller->task == TASK_RUN; as_root++)
        if (exits_configure(controller->exits, options, as_root, &err) != 0)
            log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; this export is off now", err.text);
    log_line(LOG_LEVEL_INFO, NULL, NULL, "Settings are read again");
    watch_relist(controller->watch);
}

/* ---- opening ---- */

static void on_file_trouble(void *user, const char *sentence)
{
    struct controller *controller = user;
    snprintf(controller->file_trouble, sizeof controller->file_trouble, "%s", sentence ? sentence : "");
    if (sentence)
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s", sentence);
    else
        log_line(LOG_LEVEL_INFO, NULL, NULL, "The status file is written again");
}

static void open_loop(struct controller *controller)
{
    uv_loop_init(&controller->loop);
    uv_prepare_init(&controller->loop, &controller->prepare);
    uv_check_init(&controller->loop, &controller->check);
    uv_timer_init(&controller->loop, &controller->wake_timer);
    uv_timer_init(&controller->loop, &controller->state_timer);
    uv_timer_init(&controller->loop, &controller->stop_timer);
    uv_signal_init(&controller->loop, &controller->sigterm);
    uv_signal_init(&controller->loop, &controller->sigint);
    uv_signal_init(&controller->loop, &controller->sighup);
    controller->prepare.data = controller->check.data = controller->wake_timer.data = controller;
    controller->state_timer.data = controller->stop_timer.data = controller;
    controller->sigterm.data = controller->sigint.data = controller->sighup.data = controller;
    uv_prepare_start(&controller->prepare, on_prepare);
    uv_check_start(&controller->check, on_check);
    uv_signal_start(&controller->sigterm, on_stop_signal, SIGTERM);
    uv_signal_start(&controller->sigint, on_stop_signal, SIGINT);
    uv_signal_start(&controller->sighup, on_reload, SIGHUP);
}

static void show_controller(struct controller *controller)
{
    struct controller_view view = {.mode = controller->options->dry_run ? "dry-run" : "act",
                                   .started_at_wall_ms = controller->now.wall_ms};
    if (gethostname(view.host, sizeof view.host - 1) != 0)
        snprintf(view.host, sizeof view.host, "localhost");
    snprintf(view.start_id, sizeof view.start_id, "%llx", (unsigned long long)controller->now.wall_ms);
    /* In a container the host name is the short id, unless somebody set another, or it is the host's. */
    if (!network_own_container(controller->self_id) && strspn(view.host, "0123456789abcdef") == 12 &&
        view.host[12] == '\0')
        snprintf(controller->self_id, sizeof controller->self_id, "%s", view.host);
    registry_apply(controller->registry, &(struct change){.kind = CHANGE_CONTROLLER, .controller = &view},
                   controller->now);
}

static int inherited_socket(void)
{
    const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
    int64_t sockets = 0, process = 0;
    bool ours = count && pid && text_number(count, 1, 1, &sockets) == 0 &&
                text_number(pid, 1, INT32_MAX, &process) == 0 && process == getpid();
    return ours ? 3 : -1; /* sd_listen_fds(3): descriptors begin at 3 */
}

static int open_exporter(struct controller *controller, struct error *err)
{
    const struct options *options = controller->options;
    struct exporter_context *context = &controller->context;
    context->registry = controller->registry;
    context->stats = &controller->stats;
    context->journal = controller->journal;
    context->actions = controller_actions(controller);
    controller_log_requests(context);
    context->alerts = alerts_list;
    context->exits = exits_report;
    context->warm = exits_warm;
    context->version = QUAYWATCH_VERSION;
    /* Settings may be read again: what is kept for good is copied. */
    context->metrics_prefix = arena_copy(&controller->kept, options->metrics_prefix);
    context->metrics_enabled = options->metrics_enabled;
    context->state_dir = controller->state_dir;
    context->load_balancing = arena_copy(&controller->kept, options->load_balancing);
    context->env_prefix = options->env_prefix;
    if (controller->task != TASK_RUN)
        return 0;
    struct server_options server = {.listen = options->listen,
                                    .listen_fd = inherited_socket(),
                                    .auth_token = options->auth_token,
                                    .read_token = options->read_token,
                                    .allowed_networks = options->allowed_networks,
                                    .blocked_networks = options->blocked_networks,
                                    .internal_only = options->internal_network_only,
                                    .trusted_proxy = options->trusted_proxy,
                                    .allowed_hosts = options->allowed_hosts,
                                    .cors_origins = options->cors_origins,
                                    .tls_cert = options->tls_cert,
                                    .tls_key = options->tls_key};
    controller->server = server_open(&controller->loop, &server, context, err);
    if (!controller->server)
        return err->code;
    if (server.listen_fd >= 0)
        log_line(LOG_LEVEL_INFO, NULL, NULL, "Listening on an inherited socket, port %d",
                 server_port(controller->server));
    else
        log_line(LOG_LEVEL_INFO, NULL, NULL, "Listening on %s", options->listen);
    if (!options->status_file[0])
        return 0;
    controller->status_file = status_file_open(&controller->loop, options->status_file, context,
                                               on_file_trouble, controller, err);
    return controller->status_file ? 0 : err->code;
}

static int open_engine(struct controller *controller, struct error *err)
{
    const struct options *options = controller->options;
    struct engine_options engine = {.host = options->docker_host,
                                    .tls_verify = options->docker_tls_verify,
                                    .cert_path = options->docker_cert_path,
                                    .api_version = options->docker_api_version,
                                    .timeout_ms = options->discovery_timeout_ms};
    struct watch_callbacks callbacks;
    /* A local socket outside of any container: this is the engine's own machine. In a container only the
     * addresses can tell, see network_on_host. */
    bool local = !options->docker_host || strncmp(options->docker_host, "unix://", 7) == 0;
    controller->on_host = local && !network_in_container();
    controller->watch = watch_open(&controller->loop, &engine, options->resync_ms,
                                   intake_callbacks(controller, &callbacks), err);
    if (!controller->watch)
        return -EINVAL;
    controller->inside = check_inside_new(watch_engine(controller->watch), controller->prober);
    if (controller->task == TASK_RUN)
        controller->usage = usage_meter_new(controller, watch_engine(controller->watch));
    return 0;
}

void controller_setup_log(const struct options *options)
{
    bool json = strcmp(options->log_format, "json") == 0 ||
                (!options->log_format[0] && !isatty(STDERR_FILENO));
    log_setup(options->log_level, json);
}

static int drop_root(struct controller *controller, struct error *err)
{
    int code = privilege_drop(controller->options->docker_host, err);
    controller->still_root = code == -EAGAIN;
    return controller->still_root ? 0 : code;
}

struct controller *controller_open(const struct options *options, enum controller_task task,
                                   struct error *err)
{
    struct controller *controller = mem_new(sizeof *controller);
    controller->options = options;
    controller->task = task;
    controller->now = clock_now();
    controller->state_dir = arena_copy(&controller->kept, options->state_dir);
    controller->state_wait_ms = STATE_SAVE_MS;
    open_loop(controller);
    parts_open(controller, render_service);
    show_controller(controller);
    controller->prober = prober_new(&controller->loop, LIMIT_PROBES_IN_FLIGHT, intake_outcome, controller);
    controller->dirty = true;
    bool ok = true;
    if (options->overrides[0])
        ok = (controller->overrides = overrides_load(options->overrides, err)) != NULL;
    ok = ok && exits_check(options, err) == 0;
    ok = ok && state_lock(controller, err) == 0; /* before anything that only one can have */
    ok = ok && open_engine(controller, err) == 0;
    ok = ok && open_exporter(controller, err) == 0; /* before root is dropped: low ports */
    ok = ok && (task != TASK_RUN || exits_configure(controller->exits, options, true, err) == 0);
    /* libuv runs what was started last first: settle comes before the server answers. */
    uv_prepare_stop(&controller->prepare);
    uv_prepare_start(&controller->prepare, on_prepare);
    if (ok && task == TASK_RUN)
        ok = privilege_take_folders(options, err) == 0 && drop_root(controller, err) == 0;
    ok = ok && state_load(controller, err) == 0;
    if (ok)
        chronicle_open(controller);
    ok = ok && (task != TASK_RUN || alert_channels_open(controller, err) == 0);
    ok = ok && alerts_configure(controller, options, err) == 0;
    if (ok)
        alerts_load(controller);
    failure_open(controller);
    ok = ok && (task != TASK_RUN || exits_configure(controller->exits, options, false, err) == 0);
    if (ok) {
        externals_load(controller->externals);
        local_socket_open(controller);
        return controller;
    }
    controller_close(controller);
    return NULL;
}

/* ---- running ---- */

int controller_run(struct controller *controller, struct error *err)
{
    if (controller->task != TASK_RUN)
        uv_timer_start(&controller->stop_timer, on_stop_timer, ONCE_ENGINE_MS, 0);
    uv_run(&controller->loop, UV_RUN_DEFAULT);
    if (controller->task == TASK_RUN)
        return 0;
    if (!watch_synced(controller->watch) && !controller->engine.connected)
        return error_set(err, -ECONNREFUSED, "%s",
                         controller->engine.error[0] ? controller->engine.error
                                                     : "The engine does not answer");
    if (!once_done(controller)) { /* the engine is there; checks take longer */
        uv_timer_start(&controller->stop_timer, on_stop_timer, ONCE_CHECK_MS, 0);
        uv_run(&controller->loop, UV_RUN_DEFAULT);
    }
    return 0;
}

void controller_status(const struct controller *controller, struct buf *out)
{
    render_status(controller->registry, QUAYWATCH_VERSION, out);
}

size_t controller_findings(const struct controller *controller,
                           void (*each)(void *user, const char *service, const char *container,
                                        const char *code, const char *sentence),
                           void *user)
{
    size_t count = 0;
    for (size_t i = 0; i < registry_count(controller->registry); i++) {
        const struct service *service = registry_at(controller->registry, i);
        for (const struct instance *at = service->first; at; at = at->next) {
            const struct findings *lists[] = {&at->spec->findings, &at->findings};
            for (size_t l = 0; l < 2; l++)
                for (size_t f = 0; f < lists[l]->count; f++, count++)
                    each(user, service->name, at->observed->container, lists[l]->item[f].code,
                         lists[l]->item[f].sentence);
        }
    }
    return count;
}

void controller_close(struct controller *controller)
{
    if (!controller)
        return;
    if (controller->task == TASK_RUN && controller->watch)
        state_save_all(controller);
    externals_close(controller->externals);
    exits_close(controller->exits);
    status_file_close(controller->status_file);
    server_close(controller->server);
    channels_close(controller->channels);
    chronicle_close(controller);
    prober_free(controller->prober); /* first: its checks may be calls to the engine */
    prober_free(controller->prober6);
    check_inside_free(controller->inside);
    usage_meter_free(controller->usage);
    failure_close(controller); /* before the engine that it asks */
    watch_close(controller->watch);
    uv_close((uv_handle_t *)&controller->prepare, NULL);
    uv_close((uv_handle_t *)&controller->check, NULL);
    uv_timer_t *timers[] = {&controller->wake_timer, &controller->state_timer, &controller->stop_timer};
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++)
        uv_close((uv_handle_t *)timers[i], NULL);
    uv_close((uv_handle_t *)&controller->sigterm, NULL);
    uv_close((uv_handle_t *)&controller->sigint, NULL);
    uv_close((uv_handle_t *)&controller->sighup, NULL);
    uv_run(&controller->loop, UV_RUN_DEFAULT);
    alerts_save_last(controller); /* nothing writes the file any more */
    uv_loop_close(&controller->loop);
    parts_close(controller);
    state_unlock(controller);
    options_free(controller->reread);
    free(controller->reread);
    arena_free(&controller->kept);
    free(controller);
}
