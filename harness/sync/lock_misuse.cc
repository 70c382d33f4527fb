#include "sync/lock_misuse.h"

namespace heddle {

void abandon_lock_misuse(Engine& engine, const Object& object, const char* message, Site site) {
  Detection misuse;
  misuse.kind = FindingKind::lock_misuse;
  misuse.access.task = engine.current().id;
  misuse.access.site = site;
  misuse.access.address = object.address;
  misuse.object = object.id;
  for (size_t i = 0; message != nullptr && message[i] != 0 && i + 1 < sizeof(misuse.detail); ++i) {
    misuse.detail[i] = message[i];
  }
  engine.abandon(misuse);
}

}  // namespace heddle
