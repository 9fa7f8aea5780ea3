; The first sector of a disk of its own, for tests: says over the first serial line what is in the second sector of the
; disk that the BIOS calls the first one. So it shows both that it was started, and whether it was led to believe that
; its disk comes first, as every system expects that was installed on it.

bits 16
org 0x7c00

        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        cld
        mov si, packet
        mov ah, 0x42                    ; extended read
        mov dl, 0x80
        int 0x13
        jc halt
        mov si, text
next:   lodsb
        test al, al
        jz halt
        mov dx, 0x3f8
        out dx, al
        jmp next
halt:   hlt
        jmp halt

packet: db 16, 0
        dw 1, text, 0
        dq 1

        times 510 - ($ - $$) db 0
        dw 0xaa55

text    equ 0x7e00
