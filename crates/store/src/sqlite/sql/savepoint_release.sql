RELEASE record
