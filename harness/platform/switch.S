# Context switch between fibers: callee-saved registers, floating-point control words, stack, and
# the FS base, which makes thread_local, errno and pthread_self those of the other thread.
# The call frame information lets debuggers and the unwinder start from a parked fiber.

    .text

.macro SAVE
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
.endm

.macro RESTORE
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    ret
.endm

# void heddle_switch_fsgsbase(void** save_sp /*rdi*/, void* new_sp /*rsi*/, uintptr_t new_fs /*rdx*/)
    .globl heddle_switch_fsgsbase
    .hidden heddle_switch_fsgsbase
    .type heddle_switch_fsgsbase, @function
    .p2align 4
heddle_switch_fsgsbase:
    .cfi_startproc
    SAVE
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    wrfsbase %rdx
    RESTORE
    .cfi_endproc
    .size heddle_switch_fsgsbase, . - heddle_switch_fsgsbase

# The same for machines whose kernel does not allow wrfsbase: arch_prctl(ARCH_SET_FS, new_fs).
    .globl heddle_switch_arch_prctl
    .hidden heddle_switch_arch_prctl
    .type heddle_switch_arch_prctl, @function
    .p2align 4
heddle_switch_arch_prctl:
    .cfi_startproc
    SAVE
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    movl $158, %eax        # SYS_arch_prctl
    movl $0x1002, %edi     # ARCH_SET_FS
    movq %rdx, %rsi
    syscall
    RESTORE
    .cfi_endproc
    .size heddle_switch_arch_prctl, . - heddle_switch_arch_prctl

# The same without the FS base, so that a benchmark can tell what the system call costs.
    .globl heddle_switch_registers
    .hidden heddle_switch_registers
    .type heddle_switch_registers, @function
    .p2align 4
heddle_switch_registers:
    .cfi_startproc
    SAVE
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    RESTORE
    .cfi_endproc
    .size heddle_switch_registers, . - heddle_switch_registers

# First frame of a fiber: r12 = function, r13 = its argument. Backtraces end here.
    .globl heddle_fiber_start
    .hidden heddle_fiber_start
    .type heddle_fiber_start, @function
heddle_fiber_start:
    .cfi_startproc
    .cfi_undefined %rip
    xorl %ebp, %ebp
    movq %r13, %rdi
    call *%r12
    ud2
    .cfi_endproc
    .size heddle_fiber_start, . - heddle_fiber_start

    .section .note.GNU-stack, "", @progbits
