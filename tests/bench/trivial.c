/* SPDX-License-Identifier: MIT */
/* What a start and an end cost. */
int main(void)
{
	return 0;
}
