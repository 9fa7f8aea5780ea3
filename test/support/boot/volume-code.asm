; Boot code of an NTFS volume for tests: as much of what Microsoft's does as decides whether a moved volume starts.
; It reads the sector behind its own at hidden sectors + 1 from the drive that the BIOS names, finds a mark there, and
; says over the screen of the BIOS that it was started. Assembled with -DNAME='BOOTMGR' -DNAME_LENGTH=7, or with
; -DNAME='NTLDR' -DNAME_LENGTH=5 -DOLD: that of XP takes the drive's number from the boot sector.

bits 16
org 0x7c00

        jmp short start
        nop
        times 0x54 - ($ - $$) db 0      ; the fields that describe the volume

start:  cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        cld
%ifdef OLD
        mov dl, [0x7c24]                ; drive number
%endif
        mov eax, [0x7c1c]               ; hidden sectors: where the volume begins on the disk
        inc eax
        mov [packet.sector], eax
        mov si, packet
        mov ah, 0x42                    ; extended read
        int 0x13
        jc failed
        cmp dword [second.mark], 'MARK'
        jne failed
        jmp second.code
failed: mov si, error
        call say
        jmp halt

say:    lodsb
        test al, al
        jz .end
        mov ah, 0x0e
        mov bx, 7
        int 0x10
        jmp say
.end:   ret

halt:   hlt
        jmp halt

packet: db 16, 0
        dw 1                            ; one sector
        dw second, 0
.sector: dd 0, 0

error:  db 'A disk read error occurred', 13, 10, 0

        times 0x1fe - ($ - $$) db 0
        dw 0xaa55

second: dw NAME_LENGTH                  ; what is looked for, as Windows writes it
        dw __utf16__(NAME)
        times 0x40 - ($ - second) db 0
.mark:  dd 'MARK'
.code:  mov si, started
        call say
        jmp halt
started: db 'STARTED ', NAME, 13, 10, 0

        times 8192 - ($ - $$) db 0
