#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#include "emu/guest/i386/decode.h"
#pragma GCC diagnostic ignored "-Wmisleading-indentation"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "emu/guest/i386/state.h"
#include "emu/uop.h"
#include <string.h>
static struct i386_op pool[4096]; static unsigned np;
static const struct i386_op *mk(uint8_t kind,uint8_t reg,uint8_t rm,uint8_t vreg,uint8_t sh,uint8_t fi,uint8_t fo,uint16_t attr){
 for(unsigned i=0;i<np;i++){struct i386_op*o=&pool[i]; if(o->kind==kind&&o->reg==reg&&o->rm==rm&&o->vreg==vreg&&o->short_reg==sh&&o->flags_in==fi&&o->flags_out==fo&&o->attr==attr)return o;}
 pool[np]=(struct i386_op){"x",kind,reg,rm,vreg,sh,fi,fo,attr}; return &pool[np++];}
#define MR (OA_MODRM|OA_MEM|OA_REG)
unsigned i386_decode(struct i386_insn*i,const uint8_t*b,size_t av,uint32_t pc){
 size_t p=0; memset(i,0,sizeof*i); i->pc=pc; i->seg=0xff; i->opsize=4;
 #define NEED(n) if(p+(n)>av) return 0
 for(;;){ NEED(1); uint8_t c=b[p]; if(c==0x66)i->prefix|=PFX_66,i->opsize=2; else if(c==0x67)i->prefix|=PFX_67; else if(c==0xf2||c==0xf3){i->prefix|=c==0xf2?PFX_F2:PFX_F3;i->rep=c;} else if(c==0xf0)i->prefix|=PFX_LOCK; else if(c==0x26)i->seg=0;else if(c==0x2e)i->seg=1;else if(c==0x36)i->seg=2;else if(c==0x3e)i->seg=3;else if(c==0x64)i->seg=4;else if(c==0x65)i->seg=5; else break; p++; }
 uint8_t c=b[p++]; int map=0; uint8_t kind=K_RAW,reg=F_NONE,rm=F_NONE,vr=F_NONE,sh=F_NONE,fi=FL_ALL,fo=0; unsigned attr=0; int imm=0; int immrel=0; int sx=0;
 if(c==0x0f){ NEED(1); c=b[p++]; map=1; if(c==0x38){NEED(1);c=b[p++];map=2;} else if(c==0x3a){NEED(1);c=b[p++];map=3;} }
 int iz=i->opsize;
 if((c==0xc4||c==0xc5)&&map==0&&p<av&&(b[p]>>6)==3){ uint8_t v1=b[p++],v2; i->vex=2; if(c==0xc5){v2=v1;map=1;i->vex_w=0;}else{NEED(1);i->vex=3;v2=b[p++];map=v1&31;i->vex_w=v2>>7;} i->vex_v=(~v2>>3)&7;i->vex_l=v2>>2&1;i->vex_pp=v2&3; NEED(1);c=b[p++]; }
 if(map==0){
  if(c<0x40&&(c&7)<6){ fo=FL_ALL; int op=c>>3; fi=(op==2||op==3)?FL_C:0; switch(c&7){case 0:case 2:attr=MR;reg=rm=F_GPR8;break;case 1:case 3:attr=MR;reg=rm=F_GPRV;break;case 4:imm=1;break;case 5:imm=iz;break;} if((c&7)<2&&op!=7)attr|=OA_WRITES_MEM; }
  else if(c<0x40){ kind=(c&7)==6?(K_PUSH_SEG):K_POP_SEG; if(c==0x27)kind=K_DAA;if(c==0x2f)kind=K_DAS;if(c==0x37)kind=K_AAA;if(c==0x3f)kind=K_AAS; }
  else if(c<0x50){kind=c<0x48?K_INC_R:K_DEC_R;sh=F_GPRV;fi=0;fo=FL_ALL&~FL_C;}
  else if(c<0x60){kind=c<0x58?K_PUSH_R:K_POP_R;sh=F_GPRV;fi=0;}
  else switch(c){
   case 0x60:kind=K_PUSHA;break;case 0x61:kind=K_POPA;break;case 0x68:kind=K_PUSH_IMM;imm=iz;fi=0;break;case 0x6a:kind=K_PUSH_IMM;imm=1;sx=1;fi=0;break;
   case 0x69:attr=MR;reg=rm=F_GPRV;imm=iz;fi=0;fo=FL_ALL;break;case 0x6b:attr=MR;reg=rm=F_GPRV;imm=1;sx=1;fi=0;fo=FL_ALL;break;
   case 0x70 ... 0x7f: kind=K_JCC;imm=1;immrel=1;break;
   case 0x82: c=0x80; __attribute__((fallthrough)); case 0x80:case 0x81:case 0x83: attr=MR|OA_WRITES_MEM;reg=F_DIGIT;rm=c==0x80?F_GPR8:F_GPRV;imm=c==0x81?iz:1;sx=1;fo=FL_ALL;break;
   case 0x84:case 0x86:case 0x88:case 0x8a:attr=MR;reg=rm=F_GPR8;if(c==0x84){fo=FL_ALL;fi=0;}else fi=0;if(c==0x88||c==0x86)attr|=OA_WRITES_MEM;break;
   case 0x85:case 0x87:case 0x89:case 0x8b:attr=MR;reg=rm=F_GPRV;fi=0;if(c==0x85)fo=FL_ALL;if(c==0x89||c==0x87)attr|=OA_WRITES_MEM;break;
   case 0x8c:kind=K_MOV_FROM_SEG;attr=MR;reg=F_SEG;rm=F_GPRV;break;case 0x8e:kind=K_MOV_TO_SEG;attr=MR;reg=F_SEG;rm=F_GPRV;break;
   case 0x8d:attr=OA_MODRM|OA_MEM;reg=rm=F_GPRV;fi=0;break;case 0x8f:kind=K_POP_RM;attr=MR;reg=F_DIGIT;rm=F_GPRV;break;
   case 0x90:kind=i->rep==0xf3?K_RAW:K_NOP;fi=0;break;case 0x91 ... 0x97:kind=K_XCHG_R;sh=F_GPRV;fi=0;break;
   case 0x98:case 0x99:fi=0;break;case 0x9b:break;case 0x9c:kind=K_PUSHF;break;case 0x9d:kind=K_POPF;break;case 0x9e:fi=FL_O;fo=FL_ALL&~FL_O;break;case 0x9f:break;
   case 0xa0 ... 0xa3:kind=K_MOV_MOFFS;imm=-1;fi=0;break;
   case 0xa4:case 0xa5:case 0xaa:case 0xab:case 0xac:case 0xad:case 0xa6:case 0xa7:case 0xae:case 0xaf:kind=K_STRING;break;
   case 0xa8:imm=1;fi=0;fo=FL_ALL;break;case 0xa9:imm=iz;fi=0;fo=FL_ALL;break;
   case 0xb0 ... 0xb7:sh=F_GPR8;imm=1;fi=0;break;case 0xb8 ... 0xbf:sh=F_GPRV;imm=iz;fi=0;break;
   case 0xc0:attr=MR;reg=F_DIGIT;rm=F_GPR8;imm=1;break;case 0xc1:attr=MR;reg=F_DIGIT;rm=F_GPRV;imm=1;break;case 0xd0:case 0xd2:attr=MR;reg=F_DIGIT;rm=F_GPR8;break;case 0xd1:case 0xd3:attr=MR;reg=F_DIGIT;rm=F_GPRV;break;
   case 0xc2:kind=K_RET;imm=2;break;case 0xc3:kind=K_RET;break;case 0xc6:attr=MR;reg=F_DIGIT;rm=F_GPR8;imm=1;fi=0;break;case 0xc7:attr=MR;reg=F_DIGIT;rm=F_GPRV;imm=iz;fi=0;break;
   case 0xc9:kind=K_LEAVE;fi=0;break;case 0xcc:kind=K_INT3;break;case 0xcd:kind=K_INT;imm=1;break;case 0xcf:kind=K_IRET;break;
   case 0xd4:kind=K_AAM;imm=1;break;case 0xd5:kind=K_AAD;imm=1;break;case 0xd7:kind=K_XLAT;break;
   case 0xd8 ... 0xdf:attr=MR|OA_X87;reg=F_DIGIT;rm=F_X87; break;
   case 0xe0 ... 0xe2:kind=K_LOOP;imm=1;immrel=1;break;case 0xe3:kind=K_JECXZ;imm=1;immrel=1;break;
   case 0xe8:kind=K_CALL;imm=iz;immrel=1;break;case 0xe9:kind=K_JMP;imm=iz;immrel=1;break;case 0xeb:kind=K_JMP;imm=1;immrel=1;break;
   case 0xf4:case 0xfa:case 0xfb:kind=K_PRIV;break;case 0xf5:fi=FL_C;break;case 0xf8:case 0xf9:break;case 0xfc:kind=K_CLD;break;case 0xfd:kind=K_STD;break;
   case 0xf6:attr=MR;reg=F_DIGIT;rm=F_GPR8;break;case 0xf7:attr=MR;reg=F_DIGIT;rm=F_GPRV;break;case 0xfe:attr=MR;reg=F_DIGIT;rm=F_GPR8;break;case 0xff:attr=MR;reg=F_DIGIT;rm=F_GPRV;break;
   default:kind=K_UD; }
 } else if(map==1){
  reg=rm=F_XMM; attr=MR; 
  switch(c){ case 0x00:case 0x01:kind=K_PRIV;rm=F_GPRV;break; case 0x0b:kind=K_UD;attr=0;break; case 0x31:kind=K_RDTSC;attr=0;break;case 0xa2:kind=K_CPUID;attr=0;break;case 0x77:attr=0;break;
   case 0x0d:case 0x18 ... 0x1f:reg=F_NONE;rm=F_GPRV;break;
   case 0x40 ... 0x4f:reg=rm=F_GPRV;break;case 0x80 ... 0x8f:kind=K_JCC;attr=0;imm=iz;immrel=1;break;case 0x90 ... 0x9f:reg=F_DIGIT;rm=F_GPR8;break;
   case 0xa0:case 0xa8:kind=K_PUSH_SEG;attr=0;break;case 0xa1:case 0xa9:kind=K_POP_SEG;attr=0;break;
   case 0xa3:case 0xab:case 0xb3:case 0xbb:case 0xa5:case 0xad:case 0xaf:case 0xb1:case 0xc1:case 0xbc:case 0xbd:case 0xb8:reg=rm=F_GPRV;fo=FL_ALL;if(c==0xa5||c==0xad)fo=0;break;
   case 0xa4:case 0xac:reg=rm=F_GPRV;imm=1;break;case 0xba:reg=F_DIGIT;rm=F_GPRV;imm=1;break;case 0xb0:case 0xc0:reg=rm=F_GPR8;break;
   case 0xb6:case 0xbe:reg=F_GPRV;rm=F_GPR8;fi=0;break;case 0xb7:case 0xbf:reg=F_GPRV;rm=F_GPR16;fi=0;break;case 0xc7:reg=F_DIGIT;rm=F_GPRV;break;case 0xc8 ... 0xcf:attr=0;sh=F_GPRV;fi=0;break;
   case 0xae:reg=F_DIGIT;rm=F_NONE;break;
   case 0x2a:rm=i->rep?F_GPR32:F_MMX;break;case 0x2c:case 0x2d:if(i->rep)reg=F_GPR32;break;case 0x50:case 0xd7:reg=F_GPR32;break;case 0x6e:rm=F_GPR32;break;case 0x7e:if(i->rep!=0xf3)rm=F_GPR32;break;case 0xc3:reg=F_GPR32;break;
   case 0xc4:rm=F_GPR32;imm=1;break;case 0xc5:reg=F_GPR32;imm=1;break;case 0x70 ... 0x73:imm=1;if(c!=0x70)reg=F_DIGIT;break;case 0xc2:case 0xc6:imm=1;break;
  }
 } else if(map==2){ attr=MR; reg=rm=F_XMM; if(c==0xf0||c==0xf1){reg=rm=F_GPRV;} if(i->vex&&c>=0xf2){reg=rm=vr=F_GPR32;} }
 else { attr=MR; reg=rm=F_XMM; imm=1; if(c>=0x14&&c<=0x17)rm=F_GPR32; if(c==0x22||c==0x20)rm=F_GPR32; if(c==0xf0)reg=rm=F_GPR32; }
 i->map=map; i->opcode=c;
 if(attr&OA_MODRM){ NEED(1); i->modrm=b[p++]; int mod=i->modrm>>6,r=i->modrm&7,ds=0;
  if(mod!=3){ if(i->prefix&PFX_67){ ds=mod==1?1:mod==2||(mod==0&&r==6)?2:0; } else { if(r==4){NEED(1);i->sib=b[p++]; if(mod==0&&(i->sib&7)==5)ds=4;} if(mod==0&&r==5)ds=4; if(mod==1)ds=1; if(mod==2)ds=4; } }
  NEED(ds); if(ds==1)i->disp=(int8_t)b[p]; if(ds==2)i->disp=(int16_t)(b[p]|b[p+1]<<8); if(ds==4)memcpy(&i->disp,b+p,4); i->disp_size=ds;p+=ds; }
 if(map==0&&(c==0xf6||c==0xf7)){ int d=insn_reg(i); if(d<2){imm=c==0xf6?1:iz;fi=0;fo=FL_ALL;} }
 if(map==0&&c==0xff){ int d=insn_reg(i); if(d==2)kind=K_CALL_IND; if(d==4)kind=K_JMP_IND; if(d==6)kind=K_PUSH_RM; if(d==7)kind=K_UD; if(d==3||d==5)kind=K_UD; }
 if(map==1&&c==0x01&&i->modrm==0xd0)kind=K_XGETBV;
 if(imm==-1){ int n=i->prefix&PFX_67?2:4; NEED(n); i->disp=n==4?(int32_t)(b[p]|b[p+1]<<8|b[p+2]<<16|(uint32_t)b[p+3]<<24):b[p]|b[p+1]<<8; p+=n; imm=0; }
 NEED((unsigned)imm); if(imm==1)i->imm=(sx||immrel)?(uint32_t)(int8_t)b[p]:b[p]; if(imm==2)i->imm=immrel?(uint32_t)(int16_t)(b[p]|b[p+1]<<8):(uint32_t)(b[p]|b[p+1]<<8); if(imm==4)memcpy(&i->imm,b+p,4); i->imm_size=imm; p+=imm;
 i->len=p; if(immrel){ i->imm+=pc+p; if(i->opsize==2)i->imm&=0xffff; }
 i->kind=kind; i->op=mk(kind,reg,rm,vr,sh,fi,fo,attr); i->flags_in=fi;i->flags_out=fo; return p; }
