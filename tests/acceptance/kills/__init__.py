"""kill -9 and freezes of every process at any moment: nothing is lost, nothing is there twice.

People work in both stand-in CRMs (`office`) while the product's own processes (`processes`) run over real
servers and are killed, frozen and brought back (`stage`). At the end only the two CRMs are looked at
(`judge`), which know nothing of rules or consumers.
"""
