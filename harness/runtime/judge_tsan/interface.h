// What is called of ThreadSanitizer's run time: its public interface, with the prefix that
// cmake/judge.sh gives it.
#pragma once

#include <cstdint>

extern "C" {

void* judge___tsan_get_current_fiber();
void* judge___tsan_create_fiber(unsigned flags);
void judge___tsan_destroy_fiber(void* fiber);
void judge___tsan_switch_to_fiber(void* fiber, unsigned flags);
void judge___tsan_set_fiber_name(void* fiber, const char* name);

void judge___tsan_acquire(void* key);
void judge___tsan_release(void* key);
void judge___tsan_mutex_pre_lock(void* key, unsigned flags);
void judge___tsan_mutex_post_lock(void* key, unsigned flags, int recursion);
int judge___tsan_mutex_pre_unlock(void* key, unsigned flags);
void judge___tsan_mutex_post_unlock(void* key, unsigned flags);
void judge___tsan_mutex_destroy(void* key, unsigned flags);

void judge___tsan_read_range_pc(void* start, unsigned long size, void* pc);
void judge___tsan_write_range_pc(void* start, unsigned long size, void* pc);
void judge___tsan_java_init(unsigned long heap, unsigned long size);
void judge___tsan_java_alloc(unsigned long start, unsigned long size);
void judge___tsan_java_free(unsigned long start, unsigned long size);
void judge___tsan_flush_memory();

// Not of its public interface: judge.sh takes them from it by name, and checks that they are there.
void judge_reset_range(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size);
void judge_access(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size, uintptr_t type);
void judge_unaligned_access(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size,
                            uintptr_t type);
void judge_read_range(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size);
void judge_write_range(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size);
void judge_free_range(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size);
void judge_imitate_write(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size);
void judge_imitate_or_reset(void* thread, uintptr_t pc, uintptr_t address, uintptr_t size);
bool judge_map_shadow(uintptr_t start, uintptr_t size, const char* name);

int judge___tsan_get_report_data(void* report, const char** type, int* count, int* stacks,
                                 int* accesses, int* locations, int* mutexes, int* threads,
                                 int* unique_tids, void** sleep_trace, unsigned long trace_size);
int judge___tsan_get_report_mop(void* report, unsigned long index, int* tid, void** address,
                                int* size, int* write, int* atomic, void** trace,
                                unsigned long trace_size);
int judge___tsan_get_report_thread(void* report, unsigned long index, int* tid,
                                   unsigned long long* os_id, int* running, const char** name,
                                   int* parent_tid, void** trace, unsigned long trace_size);
}
