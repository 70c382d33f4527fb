// What is not modelled ends the run and says so; outside executions it works as ever.
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "heddle/heddle.h"
#include "heddle/scenario.h"

namespace {

using heddle::Parameters;

// Before main: libc's own, with all its arguments.
const bool works_outside = [] {
  const pid_t child = fork();
  if (child == 0) _exit(3);
  int status = 0;
  pollfd none = {};
  return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3 &&
         poll(&none, 0, 1) == 0 && system("exit 4") == 4 << 8;
}();

void outside(const Parameters&) {
  heddle::check(works_outside, "calls work outside");
}

void call_fork(const Parameters&) {
  heddle::outcome(fork() == 0 ? "child" : "parent");
}
void call_system(const Parameters&) {
  heddle::outcome(system("true") == 0 ? "0" : "other");
}
void call_popen(const Parameters&) {
  heddle::outcome(popen("true", "r") ? "some" : "none");
}
void call_exec(const Parameters&) {
  execl("/bin/true", "true", nullptr);
}
void call_setitimer(const Parameters&) {
  const itimerval soon = {{0, 0}, {1, 0}};
  setitimer(ITIMER_REAL, &soon, nullptr);
}
void call_alarm(const Parameters&) {
  alarm(1);
}
void call_poll(const Parameters&) {
  pollfd input = {0, POLLIN, 0};
  poll(&input, 1, -1);
}
void call_accept(const Parameters&) {
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  accept(server, nullptr, nullptr);
}

}  // namespace

namespace heddle {

const Scenario kScenarios[] = {
    {"refused.outside", "pass", "outside executions nothing is refused", {}, {}, outside, {}},
    {"refused.fork", "not-modelled", "fork", {}, {}, call_fork, {}},
    {"refused.system", "not-modelled", "system", {}, {}, call_system, {}},
    {"refused.popen", "not-modelled", "popen", {}, {}, call_popen, {}},
    {"refused.exec", "not-modelled", "execl", {}, {}, call_exec, {}},
    {"refused.setitimer", "not-modelled", "setitimer", {}, {}, call_setitimer, {}},
    {"refused.alarm", "not-modelled", "alarm", {}, {}, call_alarm, {}},
    {"refused.poll", "not-modelled", "poll", {}, {}, call_poll, {}},
    {"refused.accept", "not-modelled", "accept", {}, {}, call_accept, {}},
    {nullptr, nullptr, nullptr, {}, {}, nullptr, nullptr},
};

}  // namespace heddle
