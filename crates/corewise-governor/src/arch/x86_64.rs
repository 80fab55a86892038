//! Stubs for x86-64, System V calling convention.
//!
//! A stub knows its number and nothing else. It saves what may hold arguments, asks `enter` for the
//! real function, and then either jumps to it (nothing is left to do afterwards) or calls it on a
//! copy of the stack arguments and tells `leave`. The copy makes it an ordinary frame, with unwind
//! information: exceptions, `longjmp` and debuggers pass through.

use std::arch::global_asm;

use super::STUBS;
use crate::hooks::{enter, leave};
use crate::symbols::replacement;

// 40 words of stack arguments: LAPACK's widest routine has 29 arguments and 4 hidden lengths.
global_asm!(
    ".pushsection .text.corewise_stubs,\"ax\",@progbits",
    ".balign 16",
    ".globl corewise_stubs",
    ".hidden corewise_stubs",
    ".type corewise_stubs, @function",
    "corewise_stubs:",
    ".set corewise_number, 0",
    ".rept {stubs}",
    "   .balign 16",
    "   mov r11d, offset corewise_number",
    "   jmp corewise_common",
    "   .set corewise_number, corewise_number + 1",
    ".endr",
    ".size corewise_stubs, . - corewise_stubs",
    ".balign 16",
    ".type corewise_common, @function",
    "corewise_common:",
    ".cfi_startproc",
    "   push rbp",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbp, -16",
    "   mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "   sub rsp, 256",
    // The Call: arguments at rbp-96, room at rbp-48, the token at rbp-8, what the caller put on the
    // stack at rbp+16. Below: rax, xmm0-7.
    "   mov [rbp - 96], rdi",
    "   mov [rbp - 88], rsi",
    "   mov [rbp - 80], rdx",
    "   mov [rbp - 72], rcx",
    "   mov [rbp - 64], r8",
    "   mov [rbp - 56], r9",
    "   mov [rbp - 104], rax",
    "   mov [rbp - 112], r10",
    "   movups [rbp - 128], xmm0",
    "   movups [rbp - 144], xmm1",
    "   movups [rbp - 160], xmm2",
    "   movups [rbp - 176], xmm3",
    "   movups [rbp - 192], xmm4",
    "   movups [rbp - 208], xmm5",
    "   movups [rbp - 224], xmm6",
    "   movups [rbp - 240], xmm7",
    "   mov edi, r11d",
    "   lea rsi, [rbp - 96]",
    "   call {enter}",
    "   mov r11, rax",
    // The token: from here on the frame keeps it.
    "   mov [rbp - 8], rdx",
    "   mov rdi, [rbp - 96]",
    "   mov rsi, [rbp - 88]",
    "   mov rcx, [rbp - 72]",
    "   mov r8, [rbp - 64]",
    "   mov r9, [rbp - 56]",
    "   mov rax, [rbp - 104]",
    "   mov r10, [rbp - 112]",
    "   movups xmm0, [rbp - 128]",
    "   movups xmm1, [rbp - 144]",
    "   movups xmm2, [rbp - 160]",
    "   movups xmm3, [rbp - 176]",
    "   movups xmm4, [rbp - 192]",
    "   movups xmm5, [rbp - 208]",
    "   movups xmm6, [rbp - 224]",
    "   movups xmm7, [rbp - 240]",
    "   test rdx, rdx",
    "   mov rdx, [rbp - 80]",
    "   jz 2f",
    // xmm registers hold arguments now: copy by general ones, of which only r11 is free. The
    // pushes count down from the last word.
    "   .set corewise_word, 40",
    "   .rept 40",
    "   .set corewise_word, corewise_word - 1",
    "   push qword ptr [rbp + 16 + 8 * corewise_word]",
    "   .endr",
    "   call r11",
    "   mov [rbp - 96], rax",
    "   mov [rbp - 88], rdx",
    "   movups [rbp - 128], xmm0",
    "   movups [rbp - 144], xmm1",
    "   mov rdi, [rbp - 8]",
    "   call {leave}",
    "   mov rax, [rbp - 96]",
    "   mov rdx, [rbp - 88]",
    "   movups xmm0, [rbp - 128]",
    "   movups xmm1, [rbp - 144]",
    "   leave",
    ".cfi_remember_state",
    ".cfi_def_cfa rsp, 8",
    "   ret",
    ".cfi_restore_state",
    "2:",
    "   leave",
    ".cfi_def_cfa rsp, 8",
    "   jmp r11",
    ".cfi_endproc",
    ".size corewise_common, . - corewise_common",
    // dlsym finds out by its return address for whom it looks (RTLD_NEXT), so it is jumped to.
    ".balign 16",
    ".globl corewise_dlsym",
    ".hidden corewise_dlsym",
    ".type corewise_dlsym, @function",
    "corewise_dlsym:",
    ".cfi_startproc",
    "   push rdi",
    ".cfi_adjust_cfa_offset 8",
    "   push rsi",
    ".cfi_adjust_cfa_offset 8",
    "   sub rsp, 8",
    ".cfi_adjust_cfa_offset 8",
    "   call {replacement}",
    "   add rsp, 8",
    ".cfi_adjust_cfa_offset -8",
    "   pop rsi",
    ".cfi_adjust_cfa_offset -8",
    "   pop rdi",
    ".cfi_adjust_cfa_offset -8",
    "   test rdx, rdx",
    "   jnz 2f",
    "   ret",
    "2:",
    "   jmp rdx",
    ".cfi_endproc",
    ".size corewise_dlsym, . - corewise_dlsym",
    ".popsection",
    stubs = const STUBS,
    enter = sym enter,
    leave = sym leave,
    replacement = sym replacement,
);

unsafe extern "C" {
    fn corewise_stubs();
    fn corewise_dlsym();
}

/// The address of stub number `index`.
pub(crate) fn stub(index: usize) -> Option<usize> {
    (index < STUBS).then(|| corewise_stubs as *const () as usize + 16 * index)
}

/// Whether a stub is at this address.
pub(crate) fn is_stub(address: usize) -> bool {
    let start = corewise_stubs as *const () as usize;
    (start..start + 16 * STUBS).contains(&address)
}

/// The address of the stub for `dlsym`.
#[expect(clippy::unnecessary_wraps, reason = "other architectures have none")]
pub(crate) fn dlsym_stub() -> Option<usize> {
    Some(corewise_dlsym as *const () as usize)
}
