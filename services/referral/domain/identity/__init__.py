"""Whether two records are about one person: what is compared, what is looked at, how sure it is, who decides.

Race is never compared. Source: police feeds design, section 7; Fellegi and Sunter (1969), "A Theory for Record
Linkage".
"""
