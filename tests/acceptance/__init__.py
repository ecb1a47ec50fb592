"""The whole of Diptych against both stand-in CRMs, judged by what stands in the CRMs in the end."""
